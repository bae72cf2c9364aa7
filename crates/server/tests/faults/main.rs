//! The faults of docs/reliability.md against the real binary: clients write down what they see, the
//! fault strikes, and the checker compares that with what the server kept. Each fault has a sabotage
//! twin that plants the bug it is there to catch and expects the checker to find it.

mod backend_kill;
mod backup;
mod claims;
mod clock;
mod damage;
mod deep;
mod descriptors;
mod ended;
mod full_disk;
mod half_open;
mod io_error;
mod kill;
mod loss;
mod lost_files;
mod network;
mod pause;
mod poison;
mod power;
mod replay;
mod reset;
mod rest;
mod restore;
mod same;
mod scene;
mod slow;
mod slow_reader;
mod stop;
mod upgrade;
