//! Which devices there are, and which one a run takes.

use super::{
    DeviceInfo, DeviceKind, Engine, EngineError,
    cpu::{self, CpuEngine},
    gpu::{self, GpuEngine, ProductLoop},
};
use crate::plan::{Plan, amount};
use std::{
    convert::Infallible,
    fmt::{self, Write as _},
    str::FromStr,
};

/// Something that can run a plan.
#[derive(Clone, Debug)]
pub enum Device {
    /// Ganvas' own CPU engine.
    Cpu,
    /// A GPU or a software adapter.
    Gpu(wgpu::Adapter),
}

/// A device as `ganvas devices` shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Name, kind, backend and driver.
    pub info: DeviceInfo,
    /// The device itself.
    pub device: Device,
}

/// The device that a run takes.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The device.
    pub device: Device,
    /// Its name, kind, backend and driver.
    pub info: DeviceInfo,
    /// One sentence for a person: what trains, and why that.
    pub why: String,
}

impl Choice {
    /// The most bytes that a kernel can bind in one piece.
    pub fn binding(&self) -> usize {
        match &self.device {
            Device::Cpu => usize::MAX,
            Device::Gpu(adapter) => {
                let limits = adapter.limits();
                usize::try_from(limits.max_storage_buffer_binding_size.min(limits.max_buffer_size)).unwrap_or(usize::MAX)
            }
        }
    }
}

impl Choice {
    /// Bytes of memory that there are for a plan, where that can be known: those of the host that are free, for what computes there.
    pub fn memory(&self) -> usize {
        let host = self.info.kind == DeviceKind::CpuEngine || self.info.kind == DeviceKind::Software;
        host.then(free_memory).flatten().unwrap_or(usize::MAX)
    }
}

/// Free memory of the host in bytes, as Linux counts it.
fn free_memory() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()?.checked_mul(1024)
}

/// Which device is wanted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Wanted {
    /// The best there is.
    #[default]
    Auto,
    /// Ganvas' own CPU engine.
    Cpu,
    /// The best GPU or software adapter.
    Gpu,
    /// The best device with this in its name, in any case of letters.
    Named(String),
}

impl Wanted {
    /// How they are written.
    pub const KNOWN: [&'static str; 4] = ["auto", "cpu", "gpu", "part of a device's name"];
}

impl From<&str> for Wanted {
    fn from(text: &str) -> Self {
        match text.to_lowercase().as_str() {
            "auto" => Wanted::Auto,
            "cpu" => Wanted::Cpu,
            "gpu" => Wanted::Gpu,
            _ => Wanted::Named(text.into()),
        }
    }
}

impl FromStr for Wanted {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

impl From<&Wanted> for Wanted {
    fn from(wanted: &Wanted) -> Self {
        wanted.clone()
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Wanted::Auto => "auto",
            Wanted::Cpu => "cpu",
            Wanted::Gpu => "gpu",
            Wanted::Named(part) => part,
        })
    }
}

/// Why there is no such device.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// `gpu` without any.
    #[error(
        "`device = \"gpu\"`: no GPU found ({reason}). Install its driver (Linux: a Vulkan driver, on Debian and Ubuntu the package \
         mesa-vulkan-drivers, or NVIDIA's own; Windows and macOS: the graphics driver), or train with `device = \"cpu\"`"
    )]
    NoGpu {
        /// Each backend and why it has none.
        reason: String,
    },
    /// A name that no device has.
    #[error("`device = \"{name}\"`: no device has this number, or this in its name. There are: {known}. Or give auto, gpu or cpu")]
    Unknown {
        /// As given.
        name: String,
        /// Numbers and names there are.
        known: String,
    },
}

/// All devices, best first: the first one is what `auto` takes.
pub fn list() -> Vec<Listed> {
    list_of(&instance())
}

/// The device that is wanted, which may be given as text: `auto`, `cpu`, `gpu`, a device's number in [`list`], which tells apart those of one
/// name, or part of its name.
///
/// # Errors
/// [`DeviceError`] where there is no such device.
pub fn choose(wanted: impl Into<Wanted>) -> Result<Choice, DeviceError> {
    let wanted = wanted.into();
    let instance = instance();
    let devices = list_of(&instance);
    let infos: Vec<&DeviceInfo> = devices.iter().map(|d| &d.info).collect();
    let (position, why) = pick(&infos, &wanted, || no_adapter(&instance))?;
    let Listed { info, device } = devices[position].clone();
    Ok(Choice { device, info, why })
}

/// Loads `plan` on the chosen device.
///
/// # Errors
/// Any [`EngineError`].
pub fn open(choice: &Choice, plan: Plan) -> Result<Box<dyn Engine>, EngineError> {
    open_with(choice, plan, None)
}

/// As [`open`]; on a GPU with `product` as the main loop for products, where it is given.
///
/// # Errors
/// Any [`EngineError`].
pub fn open_with(choice: &Choice, plan: Plan, product: Option<&'static ProductLoop>) -> Result<Box<dyn Engine>, EngineError> {
    Ok(match &choice.device {
        Device::Cpu => {
            let bytes = plan.buffers().iter().map(|buffer| buffer.len * 4).sum();
            // Asked for in one piece and given back: the engine's own allocations would end the program where there is no room.
            Vec::<u8>::new().try_reserve_exact(bytes).map_err(|_| EngineError::OutOfMemory {
                device: choice.info.name.clone(),
                what: format!("the {} that this run needs", amount(bytes, "B")),
            })?;
            Box::new(CpuEngine::<f32>::open(plan))
        }
        Device::Gpu(adapter) => Box::new(GpuEngine::open_with(adapter, plan, product.unwrap_or(gpu::product_loop(&choice.info)))?),
    })
}

/// `ganvas devices`: one line per device, with a star at the one that `auto` takes.
pub fn table(devices: &[Listed]) -> String {
    let heading = ["", "", "name", "type", "backend", "driver", "tensor", "buffer", "workgroup memory", "threads", "f16"].map(String::from);
    let mut rows = vec![heading];
    for (i, Listed { info, device }) in devices.iter().enumerate() {
        let star = if i == 0 { "*" } else { "" };
        let limits = match device {
            Device::Cpu => [const { String::new() }; 4],
            Device::Gpu(adapter) => limits_of(&adapter.limits()),
        };
        let [tensor, buffer, workgroup, threads] = limits;
        let DeviceInfo { mut name, kind, backend, driver, f16, .. } = info.clone();
        if let (true, Some(slot)) = (devices.iter().filter(|other| other.info.name == name).count() > 1, slot(device)) {
            name += &format!(" at {slot}");
        }
        let f16 = if f16 { "yes" } else { "" };
        rows.push([i.to_string(), star.into(), name, kind.to_string(), backend, driver, tensor, buffer, workgroup, threads, f16.into()]);
    }
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = rows.iter().map(|r| r[column].chars().count()).max().unwrap_or(0);
            let _ = write!(line, "{cell:<width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push_str(
        "A device is asked for by its number or part of its name; * is what auto takes. tensor, buffer: the most that a kernel can bind and a \
         buffer can hold. f16: can store values in two bytes (storage = \"f16\").\n",
    );
    text
}

/// Where a GPU sits, where the driver says.
fn slot(device: &Device) -> Option<String> {
    match device {
        Device::Cpu => None,
        Device::Gpu(adapter) => Some(adapter.get_info().device_pci_bus_id).filter(|slot| !slot.is_empty()),
    }
}

fn limits_of(limits: &wgpu::Limits) -> [String; 4] {
    [
        amount(limits.max_storage_buffer_binding_size as usize, "B"),
        amount(limits.max_buffer_size as usize, "B"),
        amount(limits.max_compute_workgroup_storage_size as usize, "B"),
        limits.max_compute_invocations_per_workgroup.to_string(),
    ]
}

/// Keeps Mesa's device-select layer from complaining on stderr where there is no desktop session (`XDG_RUNTIME_DIR is invalid`).
///
/// # Safety
/// It sets an environment variable: call it at the start of `main`, before any other thread runs.
pub unsafe fn quiet_layers() {
    if cfg!(target_os = "linux") && std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // SAFETY: the caller promises that no other thread runs. The variable switches that one layer off.
        unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    }
}

/// The backends that this build has, less those that `WGPU_BACKEND` leaves out.
fn instance() -> wgpu::Instance {
    let mut settings = wgpu::InstanceDescriptor::new_without_display_handle();
    // Validation layers and debug shaders slow kernels down; WGPU_VALIDATION and WGPU_DEBUG turn them on.
    settings.flags = wgpu::InstanceFlags::empty();
    wgpu::Instance::new(settings.with_env())
}

fn list_of(instance: &wgpu::Instance) -> Vec<Listed> {
    let mut adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
    adapters.retain(|a| a.get_downlevel_capabilities().flags.contains(wgpu::DownlevelFlags::COMPUTE_SHADERS));
    // Windows shows a GPU once per backend.
    let native: Vec<(u32, u32)> = adapters.iter().map(wgpu::Adapter::get_info).filter(is_native).map(|i| (i.vendor, i.device)).collect();
    adapters.retain(|a| {
        let info = a.get_info();
        is_native(&info) || !native.contains(&(info.vendor, info.device))
    });
    let mut devices: Vec<Listed> =
        adapters.into_iter().map(|adapter| Listed { info: gpu::describe(&adapter), device: Device::Gpu(adapter) }).collect();
    devices.push(Listed { info: cpu::info(), device: Device::Cpu });
    devices.sort_by_key(|d| rank(d.info.kind));
    devices
}

fn is_native(info: &wgpu::AdapterInfo) -> bool {
    matches!(info.backend, wgpu::Backend::Vulkan | wgpu::Backend::Metal)
}

/// Best first. Software adapters come after the CPU engine, which computes several times as fast on the same processor.
fn rank(kind: DeviceKind) -> u8 {
    match kind {
        DeviceKind::DiscreteGpu => 0,
        DeviceKind::IntegratedGpu => 1,
        DeviceKind::OtherGpu => 2,
        DeviceKind::CpuEngine => 3,
        DeviceKind::Software => 4,
    }
}

/// What wgpu says where it finds no adapter, less the backends that are of no concern here.
fn no_adapter(instance: &wgpu::Instance) -> String {
    let text = match pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())) {
        Ok(adapter) => return format!("{} cannot compute", adapter.get_info().name),
        Err(error) => error.to_string(),
    };
    let reasons = text.rsplit("; ").next().unwrap_or(&text).split(", ");
    let telling: Vec<&str> = reasons.filter(|r| !r.ends_with("not compiled in") && !r.ends_with("not requested")).collect();
    if telling.is_empty() { text } else { telling.join(", ") }
}

/// Position in `infos`, which are sorted by rank, and the sentence about it.
fn pick(infos: &[&DeviceInfo], wanted: &Wanted, no_adapter: impl FnOnce() -> String) -> Result<(usize, String), DeviceError> {
    let is_cpu = |info: &&DeviceInfo| info.kind == DeviceKind::CpuEngine;
    let number = match wanted {
        Wanted::Named(text) => text.parse::<usize>().ok().filter(|number| *number < infos.len()),
        _ => None,
    };
    let found = match wanted {
        Wanted::Auto => Some(0),
        Wanted::Cpu => infos.iter().position(is_cpu),
        Wanted::Gpu => infos.iter().position(|info| !is_cpu(info)),
        Wanted::Named(part) => number.or_else(|| infos.iter().position(|info| info.name.to_lowercase().contains(&part.to_lowercase()))),
    };
    match found {
        Some(position) if position < infos.len() => Ok((position, why(infos, position, wanted) + &twins(infos, position, number))),
        _ if *wanted == Wanted::Gpu => Err(DeviceError::NoGpu { reason: no_adapter() }),
        _ => {
            let names: Vec<String> = infos.iter().enumerate().map(|(number, info)| format!("{number} {}", info.name)).collect();
            Err(DeviceError::Unknown { name: wanted.to_string(), known: names.join("; ") })
        }
    }
}

/// Which other devices of the same name there are, where the choice was not by number.
fn twins(infos: &[&DeviceInfo], position: usize, number: Option<usize>) -> String {
    let others = (0..infos.len()).filter(|i| *i != position && infos[*i].name == infos[position].name && number.is_none());
    let others: Vec<String> = others.map(|other| format!("`device = \"{other}\"`")).collect();
    if others.is_empty() { String::new() } else { format!(", number {position}; of the same name: {}", others.join(", ")) }
}

fn why(infos: &[&DeviceInfo], position: usize, wanted: &Wanted) -> String {
    let info = infos[position];
    let software = infos.iter().find(|other| other.kind == DeviceKind::Software);
    match (info.kind, software) {
        (DeviceKind::CpuEngine, _) if *wanted != Wanted::Auto => format!("training on the CPU engine with {}", threads()),
        (DeviceKind::CpuEngine, None) => format!("no GPU found: training on the CPU engine with {}", threads()),
        (DeviceKind::CpuEngine, Some(software)) => {
            let name = &software.name;
            format!("no GPU found: training on the CPU engine with {}, which is faster than the software adapter {name}", threads())
        }
        (DeviceKind::Software, _) => {
            let none = if *wanted == Wanted::Gpu { "no GPU found: " } else { "" };
            format!("{none}training on the software adapter {}; `device = \"cpu\"` is several times as fast", info.name)
        }
        _ => format!("training on {info}"),
    }
}

fn threads() -> String {
    match rayon::current_num_threads() {
        1 => "1 thread".into(),
        n => format!("{n} threads"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(name: &str, kind: DeviceKind) -> DeviceInfo {
        DeviceInfo { name: name.into(), kind, backend: String::new(), driver: String::new(), f16: false, subgroup: None }
    }

    #[test]
    fn a_gpu_comes_before_the_cpu_and_that_before_software() {
        let gpu = info("Radeon", DeviceKind::IntegratedGpu);
        let cpu = info("Ryzen", DeviceKind::CpuEngine);
        let software = info("llvmpipe", DeviceKind::Software);
        let take = |infos: &[&DeviceInfo], request: &str| pick(infos, &request.into(), || "none".into()).map(|(position, _)| position);
        assert_eq!(take(&[&gpu, &cpu, &software], "auto"), Ok(0));
        assert_eq!(take(&[&gpu, &cpu, &software], "gpu"), Ok(0));
        assert_eq!(take(&[&gpu, &cpu, &software], "CPU"), Ok(1));
        assert_eq!(take(&[&cpu, &software], "auto"), Ok(0));
        assert_eq!(take(&[&cpu, &software], "gpu"), Ok(1));
        assert_eq!(take(&[&cpu, &software], "LLVM"), Ok(1));
        assert_eq!(take(&[&cpu], "gpu"), Err(DeviceError::NoGpu { reason: "none".into() }));
        let unknown = take(&[&gpu, &cpu], "GeForce").expect_err("no such device");
        assert_eq!(unknown, DeviceError::Unknown { name: "GeForce".into(), known: "0 Radeon; 1 Ryzen".into() });
    }

    #[test]
    fn equal_gpus_are_told_apart_by_number() {
        let first = info("GeForce RTX 4090", DeviceKind::DiscreteGpu);
        let infos = [&first, &first.clone(), &info("Ryzen 9", DeviceKind::CpuEngine)];
        let take = |request: &str| pick(&infos, &request.into(), || "none".into());
        assert_eq!(take("1").map(|(position, why)| (position, why.contains("of the same name"))), Ok((1, false)));
        let (position, why) = take("geforce").expect("a device");
        assert!(position == 0 && why.ends_with(", number 0; of the same name: `device = \"1\"`"), "{why}");
        // A number that no device has may be part of a name.
        assert_eq!(take("4090").map(|(position, _)| position), Ok(0));
        assert!(matches!(take("3"), Err(DeviceError::Unknown { .. })));
    }
}
