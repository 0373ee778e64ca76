//! One opened device, and every way in which it reports that something went wrong.
//!
//! wgpu panics on errors that nobody handles. Here they are recorded instead, and the next call returns the first of them.

use super::product::ProductLoop;
use crate::{
    engine::{DeviceInfo, DeviceKind, EngineError},
    plan::{Plan, Storage, amount},
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, OnceLock},
};

/// An opened device with its queue.
pub(super) struct Device {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    pub info: DeviceInfo,
    faults: Arc<Faults>,
}

/// What the driver reported since the last check.
#[derive(Default)]
struct Faults {
    lost: OnceLock<String>,
    /// The first error; those after it mostly follow from it.
    error: Mutex<Option<wgpu::Error>>,
}

/// An adapter in the words of Ganvas.
pub fn describe(adapter: &wgpu::Adapter) -> DeviceInfo {
    let info = adapter.get_info();
    let one_size = adapter.features().contains(wgpu::Features::SUBGROUP) && info.subgroup_min_size == info.subgroup_max_size;
    DeviceInfo {
        name: info.name,
        kind: match info.device_type {
            wgpu::DeviceType::DiscreteGpu => DeviceKind::DiscreteGpu,
            wgpu::DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu,
            wgpu::DeviceType::Cpu => DeviceKind::Software,
            wgpu::DeviceType::VirtualGpu | wgpu::DeviceType::Other => DeviceKind::OtherGpu,
        },
        backend: format!("{:?}", info.backend),
        driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
        f16: adapter.features().contains(wgpu::Features::SHADER_F16),
        subgroup: one_size.then_some(info.subgroup_max_size),
    }
}

/// The default limits of WebGPU, raised where `plan` has larger buffers.
pub(super) fn limits(plan: &Plan, allowed: &wgpu::Limits) -> Result<wgpu::Limits, String> {
    // Weak adapters may miss limits that only matter for drawing.
    let mut limits = wgpu::Limits::default().or_worse_values_from(allowed);
    let tensors = plan.sequences().iter().flat_map(|s| &s.dispatches).flat_map(|d| &d.bindings);
    for tensor in tensors {
        let bytes = plan.tensor_bytes(tensor) as u64;
        if bytes > allowed.max_storage_buffer_binding_size {
            let limit = amount(allowed.max_storage_buffer_binding_size as usize, "B");
            return Err(format!(
                "tensor {} needs {}, and a kernel can bind at most {limit} there",
                tensor.name,
                amount(bytes as usize, "B")
            ));
        }
        limits.max_storage_buffer_binding_size = limits.max_storage_buffer_binding_size.max(bytes);
    }
    for buffer in plan.buffers() {
        let bytes = plan.buffer_bytes(buffer) as u64;
        if bytes > allowed.max_buffer_size {
            let limit = amount(allowed.max_buffer_size as usize, "B");
            return Err(format!("buffer {} needs {}, and a buffer holds at most {limit} there", buffer.name, amount(bytes as usize, "B")));
        }
        limits.max_buffer_size = limits.max_buffer_size.max(bytes);
    }
    Ok(limits)
}

impl Device {
    /// Opens `adapter` with what `plan` and `product` need of it.
    pub async fn open(adapter: &wgpu::Adapter, plan: &Plan, product: &ProductLoop) -> Result<Device, EngineError> {
        let info = describe(adapter);
        if !product.runs_on(&info) {
            let what = format!("{} needs subgroups of another size", product.name());
            return Err(EngineError::Unsupported { device: info.name, what });
        }
        let required_limits =
            limits(plan, &adapter.limits()).map_err(|what| EngineError::Unsupported { device: info.name.clone(), what })?;
        // Only profiles use timestamps.
        let mut required_features = adapter.features() & wgpu::Features::TIMESTAMP_QUERY;
        if product.subgroup.is_some() {
            required_features |= wgpu::Features::SUBGROUP;
        }
        if plan.storage == Storage::F16 {
            if !info.f16 {
                return Err(EngineError::NoHalves { device: info.name });
            }
            required_features |= wgpu::Features::SHADER_F16;
        }
        let request = wgpu::DeviceDescriptor { label: Some("ganvas"), required_features, required_limits, ..Default::default() };
        let opened = adapter.request_device(&request).await;
        let (device, queue) = opened.map_err(|e| EngineError::Open { device: info.name.clone(), reason: e.to_string() })?;
        let faults = Arc::new(Faults::default());
        let recorder = faults.clone();
        device.on_uncaptured_error(Arc::new(move |error| recorder.record(error)));
        let recorder = faults.clone();
        device.set_device_lost_callback(move |reason, message| {
            let _ = recorder.lost.set(format!("{reason:?} {message}").trim().to_owned());
        });
        Ok(Device { device, queue, info, faults })
    }

    /// The first fault since the last check; `what` says what needed memory, should it be that.
    pub fn check(&self, what: impl FnOnce() -> String) -> Result<(), EngineError> {
        let device = || self.info.name.clone();
        if let Some(reason) = self.faults.lost.get() {
            return Err(EngineError::DeviceLost { device: device(), reason: reason.clone() });
        }
        match self.faults.take() {
            None => Ok(()),
            Some(wgpu::Error::OutOfMemory { .. }) => Err(EngineError::OutOfMemory { device: device(), what: what() }),
            Some(error) => Err(EngineError::Refused { device: device(), reason: error.to_string() }),
        }
    }

    /// An error for what wgpu should not do.
    pub fn refused(&self, reason: impl Into<String>) -> EngineError {
        EngineError::Refused { device: self.info.name.clone(), reason: reason.into() }
    }

    /// Lets finished work report; with a wait, blocks for it.
    pub fn poll(&self, how: wgpu::PollType) -> Result<(), EngineError> {
        self.check(|| "work under way".into())?;
        // wgpu panics where the device is lost during the call.
        let polled = catch_unwind(AssertUnwindSafe(|| self.device.poll(how)));
        self.check(|| "work under way".into())?;
        match polled {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(self.refused(error.to_string())),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map_or("the driver failed while waiting", String::as_str);
                Err(EngineError::DeviceLost { device: self.info.name.clone(), reason: text.to_owned() })
            }
        }
    }

    /// Blocks until all submitted work is done.
    pub fn wait(&self) -> Result<(), EngineError> {
        self.poll(wgpu::PollType::wait_indefinitely())
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // wgpu's own drop asserts that nothing is under way.
        if self.wait().is_err() && self.faults.lost.get().is_some() {
            // That assertion can fail once the device is lost: the lost queue is leaked instead.
            std::mem::forget(self.queue.clone());
        }
    }
}

impl Faults {
    fn record(&self, error: wgpu::Error) {
        self.error.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).get_or_insert(error);
    }

    fn take(&self) -> Option<wgpu::Error> {
        self.error.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take()
    }
}
