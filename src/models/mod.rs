//! Networks and the GAN's steps, written as plans.

mod gan;
mod landscape;
mod network;
mod sampler;
mod showing;
mod spec;

pub use gan::{Gan, GanSpec, ModelError, Player, RING_ROWS, Sequences, Shown, image_range, networks};
pub use landscape::Landscape;
pub use network::{Network, NetworkError, ParameterSet};
pub use sampler::Sampler;
pub use showing::Showing;
pub use spec::UnknownName;
