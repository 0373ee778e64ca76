//! Networks and the GAN's steps, written as plans.

mod gan;
mod init;
mod landscape;
mod network;
mod sampler;
mod showing;
mod spec;

pub use gan::{Gan, GanSpec, ModelError, Player, RING_ROWS, Schedule, Sequences, Shown, image_range, networks, output_bias};
pub use init::Init;
pub use landscape::Landscape;
pub use network::{Network, NetworkError, ParameterSet};
pub use sampler::Sampler;
pub use showing::Showing;
pub use spec::UnknownName;
