//! Tensors full of random numbers, to measure and to check kernels with.

use super::{Engine, EngineError};
use crate::{
    plan::{Element, Tensor},
    random::random_bits,
};

/// Uploads numbers between -1 and 1 to every real tensor that the engine's plan uses. Zeros would flatter devices that save power on
/// them.
///
/// # Errors
/// Any [`EngineError`].
pub fn fill(engine: &mut dyn Engine) -> Result<(), EngineError> {
    let plan = engine.plan();
    let mut tensors: Vec<Tensor> = Vec::new();
    for tensor in plan.sequences().iter().flat_map(|s| &s.dispatches).flat_map(|d| &d.bindings) {
        let known = tensors.iter().any(|other| other.buffer == tensor.buffer && other.start == tensor.start && other.len() >= tensor.len());
        if plan.buffers()[tensor.buffer.0].element != Element::U32 && !known {
            tensors.push(tensor.clone());
        }
    }
    for (tensor, stream) in tensors.iter().zip(0..) {
        let value = |i| random_bits(0, 0, stream, i) as f32 / 2f32.powi(31) - 1.0;
        engine.upload(tensor, &(0..tensor.len() as u32).map(value).collect::<Vec<_>>())?;
    }
    Ok(())
}
