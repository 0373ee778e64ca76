//! Networks and the GAN's steps, written as plans.

mod gan;
mod init;
mod landscape;
mod network;
mod networks;
mod player;
mod sampler;
mod schedule;
mod showing;
mod spec;

pub use gan::{Gan, GanSpec, ModelError, RING_ROWS, Sequences, Shown};
pub use init::Init;
pub use landscape::Landscape;
pub use network::{Network, NetworkError, ParameterSet};
pub use networks::{image_range, networks, output_bias};
pub use player::Player;
pub use sampler::Sampler;
pub use schedule::Schedule;
pub use showing::Showing;
pub use spec::UnknownName;
