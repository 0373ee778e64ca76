//! Models: what their nets see, what they minimise and which net it moves, one file each.

mod augmentation;
mod classifier;
mod gan;
mod infer;
mod init;
mod landscape;
pub mod loss;
mod model;
mod network;
mod networks;
pub mod penalty;
mod player;
mod sampler;
mod schedule;
mod showing;
mod shown;
mod spec;
mod updates;
mod vae;

pub use classifier::{Classifier, ClassifierSpec};
pub use gan::{Gan, ModelError, columns};
pub use infer::Infer;
pub use init::Init;
pub use landscape::Landscape;
pub use loss::{LOSSES, Loss};
pub use model::{Column, Draw, Model, Part, Plot, RING_ROWS, Trained, Update};
pub use network::{Net, Network, NetworkError, ParameterSet};
pub use networks::{image_range, networks, output_bias};
pub use player::Player;
pub use sampler::Sampler;
pub use schedule::Schedule;
pub use showing::Showing;
pub use shown::Shown;
pub use spec::{GanSpec, Points};
pub use vae::{Vae, VaeSpec};
