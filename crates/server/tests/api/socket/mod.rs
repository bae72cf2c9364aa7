//! Sockets: resuming, following, the rules of frames, and who may have one for how long.

mod consistency;
mod frames;
mod greeting;
mod limits;
mod presence;
mod resume;
mod sessions;
