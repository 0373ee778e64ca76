//! Ganvas: train GANs on any GPU and watch them learn.
//!
//! The modules in the order in which data flows; each uses only modules above it (and `engine` only `plan`, `random` and, for its twins, constants and latents of `ops`).

#![warn(missing_docs)]

pub mod shell;

pub mod signals;

pub mod sheet;

pub mod random;

pub mod config;

pub mod data;

pub mod figure;

pub mod plan;

pub mod layers;

pub mod ops;

pub mod kernels;

pub mod models;

pub mod engine;

pub mod train;

pub mod eval;

pub mod theory;

pub mod terminal;

pub mod app;

pub mod cli;

pub mod commands;
