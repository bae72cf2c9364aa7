//! Faults R1 … R27 of docs/reliability.md against the real binary: clients write down what they
//! see, the fault strikes, and the checker compares that with what the server kept. Each fault has
//! a sabotage twin that plants the bug it is there to catch and expects the checker to find it.

mod backend_kill;
mod full_disk;
mod io_error;
mod kill;
mod power;
mod reset;
mod restore;
mod scene;
mod slow_reader;
mod stop;
