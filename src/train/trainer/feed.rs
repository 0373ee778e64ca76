//! A data set that is too large for the device stays with the host, which puts its batches together and writes them to the device ahead of
//! the steps that draw them: the batches that the device would gather, in the same order, so that no result changes.

use super::{TrainError, Trainer};
use crate::{
    config::Config,
    data::{DataSet, Values},
    models::{GanSpec, RING_ROWS},
    ops::batch::{order, stride},
    plan::Tensor,
};

/// Bytes of batches on the device, unless one step draws more. What a submission brings along is held by the driver until it is done,
/// and an engine waits for the device at 16 MiB.
const STAGED_BYTES: usize = 12 << 20;

/// Bytes of a mebibyte.
const MIB: usize = 1 << 20;

/// Bytes that a kernel can index.
const MOST_BYTES: usize = u32::MAX as usize;

/// What `config` describes, with the data set on the device where `config` and a binding of at most `binding` bytes allow it.
pub(super) fn spec(config: &Config, data: &DataSet, binding: usize) -> Result<GanSpec, TrainError> {
    let spec = GanSpec::new(config, data.shape(), data.count);
    let width = match data.values {
        Values::Bytes(_) => size_of::<u8>(),
        Values::Reals(_) => size_of::<f32>(),
    };
    let most = config.data_on_device.saturating_mul(MIB).min(binding).min(MOST_BYTES);
    let bytes = data.count * data.pixels() * width;
    let staged = (bytes > most).then(|| {
        let step = config.k as usize + ahead(spec.loss.g_sees_real);
        let batch = stride(spec.batch) * data.pixels() * width;
        (STAGED_BYTES.min(binding) / batch).clamp(step, step.max(RING_ROWS * config.k as usize))
    });
    Ok(GanSpec { staged, ..spec })
}

/// Batches that a step draws besides those of D's updates. Where G's update looks at real images, they are those of the next update of D.
fn ahead(g_sees_real: bool) -> usize {
    usize::from(g_sees_real)
}

impl Trainer {
    /// Steps that the batches on the device suffice for, with `k` updates of D each; 0 where one step draws more.
    pub(super) fn steps_staged(&self, k: u32) -> u32 {
        let Some(slots) = self.gan.source.staged else { return u32::MAX };
        (slots.saturating_sub(ahead(self.gan.reals_g.is_some())) / k as usize) as u32
    }

    /// Writes the batches that updates draw from the one on that `first` others came before, up to all that have been counted.
    pub(super) fn stage(&mut self, first: u32) -> Result<(), TrainError> {
        let source = &self.gan.source;
        let Some(slots) = source.staged else { return Ok(()) };
        let last = u64::from(self.updates_d) + ahead(self.gan.reals_g.is_some()) as u64;
        let (pixels, batch) = (self.data.pixels(), self.config.batch);
        let (rows, mut numbers) = (stride(batch), vec![0; batch]);
        for update in self.staged.max(first.into())..last {
            order(self.config.seed, update as u32, self.data.count as u32, &mut numbers);
            let slot = (update % slots as u64) as usize;
            let part = |len: usize| Tensor { start: slot * len, shape: vec![len], ..source.data.clone() };
            match &self.data.values {
                Values::Bytes(_) => {
                    let mut words = vec![0u32; rows * pixels / 4];
                    let images = bytemuck::cast_slice_mut::<u32, u8>(&mut words).chunks_exact_mut(pixels);
                    images.zip(&numbers).for_each(|(image, number)| image.copy_from_slice(self.data.image(*number as usize)));
                    self.engine.upload_words(&part(words.len()), &words)?;
                }
                Values::Reals(reals) => {
                    let mut values = vec![0.0; rows * pixels];
                    let points = values.chunks_exact_mut(pixels).zip(&numbers);
                    points.for_each(|(point, number)| point.copy_from_slice(&reals[*number as usize * pixels..][..pixels]));
                    self.engine.upload(&part(values.len()), &values)?;
                }
            }
        }
        self.staged = self.staged.max(last);
        Ok(())
    }
}
