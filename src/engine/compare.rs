//! Two engines over one plan, dispatch by dispatch: the first dispatch whose outputs differ is the bug.

use super::{Engine, EngineError};
use crate::plan::{Access, Element, SequenceId, Storage};
use half::f16;

/// Largest difference of a value, relative to the largest in its tensor, that rounding in f32 explains in sums of a network's length.
pub const TOLERANCE: f32 = 2e-4;

/// An output that differs.
#[derive(Debug)]
pub struct Difference {
    /// Sequence name.
    pub sequence: &'static str,
    /// Position in the sequence.
    pub index: usize,
    /// Kernel name.
    pub kernel: &'static str,
    /// Binding and tensor.
    pub output: String,
    /// Element of the tensor.
    pub element: usize,
    /// Value on the engine under test.
    pub value: f64,
    /// Value on the reference.
    pub expected: f64,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { sequence, index, kernel, output, element, value, expected } = self;
        write!(f, "{sequence} dispatch {index}, {kernel}: {output} element {element} is {value}, the reference has {expected}")
    }
}

/// Runs `sequences` on both engines, which hold the same plan and the same values. After each dispatch its outputs are compared
/// (real ones within `tolerance` times the largest magnitude in the tensor, integers exactly) and the reference's are copied to the
/// engine under test, so that each dispatch is judged alone. What rests in f16 may differ by a unit in its last place more,
/// because devices may round or cut, and by what they may take for zero.
///
/// # Errors
/// Any [`EngineError`] of either engine.
pub fn compare(
    engine: &mut dyn Engine,
    reference: &mut dyn Engine,
    sequences: &[SequenceId],
    tolerance: f32,
) -> Result<Option<Difference>, EngineError> {
    for &sequence in sequences {
        for index in 0..reference.plan().sequence(sequence).dispatches.len() {
            let dispatch = reference.plan().sequence(sequence).dispatches[index].clone();
            engine.run_dispatch(sequence, index)?;
            reference.run_dispatch(sequence, index)?;
            for (binding, tensor) in dispatch.interface.bindings.iter().zip(&dispatch.bindings) {
                if binding.access == Access::Read {
                    continue;
                }
                // f64 holds every f32 and every u32.
                let (values, expected): (Vec<f64>, Vec<f64>) = match binding.element {
                    Element::F32 | Element::Stored => (reals(&engine.download(tensor)?), reals(&reference.download(tensor)?)),
                    Element::U32 => (reals(&engine.download_words(tensor)?), reals(&reference.download_words(tensor)?)),
                };
                let largest = expected.iter().filter(|v| v.is_finite()).fold(0.0f64, |max, v| max.max(v.abs()));
                let allowed = match binding.element {
                    Element::U32 => 0.0,
                    Element::F32 | Element::Stored => f64::from(tolerance) * largest + f64::from(f32::MIN_POSITIVE),
                };
                let halves = binding.element == Element::Stored && engine.plan().storage == Storage::F16;
                let [unit, least] = if halves { [f16::EPSILON, f16::MIN_POSITIVE].map(f64::from) } else { [0.0; 2] };
                let allowed = |e: f64| allowed + unit * e.abs() + least;
                // Infinities are equal to themselves alone.
                let close = |(v, e): (&f64, &f64)| v == e || (v - e).abs() <= allowed(*e) || (v.is_nan() && e.is_nan());
                if let Some(element) = values.iter().zip(&expected).position(|pair| !close(pair)) {
                    return Ok(Some(Difference {
                        sequence: reference.plan().sequence(sequence).name,
                        index,
                        kernel: dispatch.kernel.name,
                        output: format!("{} = {}", binding.name, tensor.name),
                        element,
                        value: values[element],
                        expected: expected[element],
                    }));
                }
                match binding.element {
                    Element::F32 | Element::Stored => engine.upload(tensor, &reference.download(tensor)?)?,
                    Element::U32 => engine.upload_words(tensor, &reference.download_words(tensor)?)?,
                }
            }
        }
    }
    Ok(None)
}

fn reals<T: Copy + Into<f64>>(values: &[T]) -> Vec<f64> {
    values.iter().map(|v| (*v).into()).collect()
}
