//! From the dispatches of a plan to what the device runs: pipelines, parameters and bind groups, all made once.

use super::{
    device::Device,
    pace::Pace,
    product::{self, ProductLoop, Tile},
};
use crate::{
    engine::EngineError,
    plan::{Access, Dispatch, Grid, Plan, Storage, compose},
};
use std::collections::HashMap;

/// A dispatch, ready to run.
pub(super) struct Launch {
    pub pipeline: wgpu::ComputePipeline,
    pub group: wgpu::BindGroup,
    pub workgroups: [u32; 3],
    /// What the pace is measured by.
    pub cost: f64,
}

impl Launch {
    /// Adds it to a pass.
    pub fn encode(&self, pass: &mut wgpu::ComputePass) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.group, &[]);
        let [x, y, z] = self.workgroups;
        pass.dispatch_workgroups(x, y, z);
    }
}

#[derive(Clone)]
struct Built {
    pipeline: wgpu::ComputePipeline,
    layout: wgpu::BindGroupLayout,
}

/// Kernel name and snippet names.
type Key = (&'static str, Vec<&'static str>);

/// Offsets into the uniform buffer are multiples of this under the default limits.
const UNIFORM_ALIGNMENT: usize = 256;

/// The launches of every sequence of `plan`.
pub(super) fn build(
    gpu: &Device,
    plan: &Plan,
    buffers: &[wgpu::Buffer],
    product: &'static ProductLoop,
) -> Result<Vec<Vec<Launch>>, EngineError> {
    let tile = product.tile().map_err(|e| gpu.refused(e.to_string()))?;
    let dispatches = || plan.sequences().iter().flat_map(|s| &s.dispatches);
    let words = dispatches().map(|d| d.interface.param_words).max().unwrap_or(0);
    let slot = (words * 4).max(1).next_multiple_of(UNIFORM_ALIGNMENT);
    let uniforms = upload_params(gpu, dispatches(), slot)?;
    let mut pipelines: HashMap<Key, Built> = HashMap::new();
    let mut built = Vec::new();
    let mut position = 0;
    for sequence in plan.sequences() {
        let mut launches = Vec::new();
        for dispatch in &sequence.dispatches {
            let key = (dispatch.kernel.name, dispatch.with.iter().map(|s| s.name).collect::<Vec<_>>());
            let Built { pipeline, layout } = match pipelines.get(&key) {
                Some(known) => known.clone(),
                None => pipelines.entry(key).or_insert(pipeline(gpu, dispatch, product, plan.storage)?).clone(),
            };
            let params =
                wgpu::BufferBinding { buffer: &uniforms, offset: (position * slot) as u64, size: std::num::NonZeroU64::new(slot as u64) };
            let group = bind_group(gpu, (plan, dispatch), &layout, params, buffers);
            let cost = Pace::cost(dispatch.flops(), dispatch.bytes(|element| plan.width(element)));
            launches.push(Launch { pipeline, group, workgroups: workgroups(gpu, dispatch, tile)?, cost });
            position += 1;
        }
        built.push(launches);
    }
    gpu.check(|| "kernels".into())?;
    Ok(built)
}

/// One buffer with a slot of parameters for each dispatch.
fn upload_params<'a>(gpu: &Device, dispatches: impl Iterator<Item = &'a Dispatch>, slot: usize) -> Result<wgpu::Buffer, EngineError> {
    let mut words: Vec<u32> = Vec::new();
    for (position, dispatch) in dispatches.enumerate() {
        words.resize(position * slot / 4, 0);
        words.extend(dispatch.param_words());
    }
    words.resize((words.len() * 4).max(1).next_multiple_of(slot) / 4, 0);
    let uniforms = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("params"),
        size: words.len() as u64 * 4,
        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    gpu.check(|| "kernel parameters".into())?;
    gpu.queue.write_buffer(&uniforms, 0, bytemuck::cast_slice(&words));
    Ok(uniforms)
}

fn pipeline(gpu: &Device, dispatch: &Dispatch, product: &'static ProductLoop, storage: Storage) -> Result<Built, EngineError> {
    let kernel = dispatch.kernel;
    let main_loop = matches!(dispatch.grid, Grid::Product { .. }).then(|| product.snippets());
    let source = compose(kernel, dispatch.with.iter().copied().chain(main_loop.into_iter().flatten()), storage);
    let module = shader_module(&gpu.device, kernel.name, source);
    let layout = bind_group_layout(gpu, dispatch);
    let pipeline_layout = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(kernel.name),
        bind_group_layouts: &[Some(&layout)],
        immediate_size: 0,
    });
    let pipeline = gpu.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(kernel.name),
        layout: Some(&pipeline_layout),
        module: &module,
        entry_point: Some("main"),
        // Kernels write workgroup memory before they read it.
        compilation_options: wgpu::PipelineCompilationOptions { zero_initialize_workgroup_memory: false, ..Default::default() },
        cache: None,
    });
    gpu.check(|| format!("kernel {}", kernel.name)).map_err(|error| match error {
        EngineError::Refused { device, reason } => EngineError::Refused { device, reason: format!("kernel {}: {reason}", kernel.name) },
        other => other,
    })?;
    Ok(Built { pipeline, layout })
}

/// The one place that decides about checks inside kernels.
fn shader_module(device: &wgpu::Device, name: &str, source: String) -> wgpu::ShaderModule {
    let checks = if cfg!(debug_assertions) { wgpu::ShaderRuntimeChecks::checked() } else { wgpu::ShaderRuntimeChecks::unchecked() };
    let text = wgpu::ShaderModuleDescriptor { label: Some(name), source: wgpu::ShaderSource::Wgsl(source.into()) };
    // SAFETY: the text is Ganvas' own. Its kernels index inside their bindings, whose sizes the plan checked, their loops end and
    // they divide by extents, which are not zero; debug builds run them with all checks on, and tests poison what lies beside.
    unsafe { device.create_shader_module_trusted(text, checks) }
}

fn bind_group_layout(gpu: &Device, dispatch: &Dispatch) -> wgpu::BindGroupLayout {
    let entry = |binding, ty| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    };
    let mut entries = Vec::new();
    if dispatch.interface.param_words > 0 {
        entries.push(entry(0, wgpu::BufferBindingType::Uniform));
    }
    for binding in &dispatch.interface.bindings {
        entries.push(entry(binding.index, wgpu::BufferBindingType::Storage { read_only: binding.access == Access::Read }));
    }
    gpu.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(dispatch.kernel.name), entries: &entries })
}

fn bind_group(
    gpu: &Device,
    (plan, dispatch): (&Plan, &Dispatch),
    layout: &wgpu::BindGroupLayout,
    params: wgpu::BufferBinding,
    buffers: &[wgpu::Buffer],
) -> wgpu::BindGroup {
    let mut entries = Vec::new();
    if dispatch.interface.param_words > 0 {
        entries.push(wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::Buffer(params) });
    }
    for (binding, tensor) in dispatch.interface.bindings.iter().zip(&dispatch.bindings) {
        let view = wgpu::BufferBinding {
            buffer: &buffers[tensor.buffer.0],
            offset: (tensor.start * plan.width(binding.element)) as u64,
            size: std::num::NonZeroU64::new(plan.tensor_bytes(tensor) as u64),
        };
        entries.push(wgpu::BindGroupEntry { binding: binding.index, resource: wgpu::BindingResource::Buffer(view) });
    }
    gpu.device.create_bind_group(&wgpu::BindGroupDescriptor { label: Some(dispatch.kernel.name), layout, entries: &entries })
}

fn workgroups(gpu: &Device, dispatch: &Dispatch, tile: Tile) -> Result<[u32; 3], EngineError> {
    let groups = product::workgroups(tile, dispatch.grid, dispatch.interface.workgroup_size);
    if product::fits(groups) {
        return Ok(groups);
    }
    let what = format!("kernel {} over {} needs more workgroups than a device takes", dispatch.kernel.name, dispatch.grid);
    Err(EngineError::Unsupported { device: gpu.info.name.clone(), what })
}
