//! Ganvas: train GANs on any GPU and watch them learn.
//!
//! # The library in five minutes
//!
//! A model is written as what its paper says, in expressions. Nothing is computed while it is written:
//!
//! ```
//! use ganvas::graph::{Graph, grad};
//!
//! let graph = Graph::new();
//! let x = graph.leaf("x", [16, 2]); // 16 points; every value is a matrix [rows, columns]
//! let w = graph.leaf("w", [1, 2]);
//! let logits = x.product(w); // x w^T
//! let loss = (-logits).softplus().mean(); // -log sigmoid(logits)
//! let dw = grad(loss, &[w])[0]; // an expression too,
//! let penalty = grad(logits, &[x])[0].row_squares().mean(); // and so is what is made of gradients
//! let both = grad(loss + 0.5 * penalty, &[w])[0];
//! assert_eq!((dw.shape(), both.shape()), ([1, 2], [1, 2]));
//! ```
//!
//! What is asked for is lowered into a [`plan`]: a printable list of kernel dispatches over named tensors. An [`engine`] runs it, with
//! hand-written WGSL on a GPU or with each kernel's twin in Rust on the CPU:
//!
//! ```
//! use ganvas::{
//!     engine::{Engine, Work, cpu::CpuEngine},
//!     graph::{Graph, grad, lower::{Lowering, Target}},
//!     plan::Plan,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (graph, mut plan) = (Graph::new(), Plan::default());
//! let mut lowering = Lowering::new(&graph);
//! let x = graph.leaf("x", [3, 1]);
//! let memory = plan.tensor("x", &[3, 1])?;
//! lowering.place(x, &memory, 0); // where the value of a leaf lies
//! let slope = grad(x.square().sum(), &[x])[0];
//! let (run, results) = lowering.sequence(&mut plan, "slope", &[Target::of(slope)])?;
//!
//! let mut engine = CpuEngine::<f32>::open(plan);
//! engine.upload(&memory, &[1.0, 2.0, -3.0])?;
//! engine.submit(&Work { runs: vec![run], times: 1, reads: results, ..Work::default() })?;
//! assert_eq!(engine.collect(true)?.unwrap().reads[0], [2.0, 4.0, -6.0]);
//! # Ok(())
//! # }
//! ```
//!
//! On top of that:
//!
//! - [`layers`] and [`models::Network`]: layers in a row, read from text such as `linear 256`, with their parameters.
//! - [`models::Model`]: nets, what is drawn, and updates. An update is three sequences: draw, gradients, apply.
//! - [`models::Gan`], [`models::Vae`], [`models::Infer`], [`models::Classifier`]: models, each a short file; [`models::loss`] and
//!   [`models::penalty`]: what the GAN's players minimise, an expression each.
//! - [`train`]: a whole run, with metrics, previews and checkpoints that go on exactly.
//!
//! The folder `examples` has a GAN from scratch, a loss of one's own, and reading a checkpoint.
//!
//! # Modules
//!
//! In the order in which they use each other: each knows only those above it.
//!
//! - The core, which makes and runs plans and knows of no files, threads or people: [`plan`], [`twin`], [`ops`], [`kernels`], [`graph`],
//!   [`layers`], [`models`], [`engine`].
//! - What runs a training: [`data`], [`figure`], [`config`], [`train`], [`eval`], [`theory`].
//! - What faces a person: [`terminal`], [`app`], [`cli`], [`commands`].
//! - Below all of them, what the standard library lacks: [`shell`], [`signals`], [`disk`], [`download`], [`sheet`], [`random`].

#![warn(missing_docs)]

// What the standard library lacks.
pub mod disk;
pub mod download;
pub mod random;
pub mod sheet;
pub mod shell;
pub mod signals;

// The core.
pub mod plan;
pub mod twin;

pub mod ops;

pub mod kernels;

pub mod graph;

pub mod layers;

pub mod models;

pub mod engine;

// What runs a training.
pub mod data;

pub mod figure;

pub mod config;

pub mod train;

pub mod eval;
pub mod theory;

// What faces a person.
pub mod terminal;

#[cfg(feature = "window")]
pub mod app;

pub mod cli;

pub mod commands;
