//! Every composed kernel on paper: it must validate under the plain WebGPU rules and translate to the languages of all backends.
//! Nothing here needs a GPU.

use ganvas::{
    engine::gpu::{PRODUCT_LOOPS, ProductLoop},
    kernels,
    plan::{Kernel, Snippet, Storage, compose, interface},
};
use naga::{
    back::{hlsl, msl, spv},
    valid::{Capabilities, ModuleInfo, ValidationFlags, Validator},
};

/// WebGPU's default limits.
const STORAGE_BUFFERS: usize = 8;
const WORKGROUP_BYTES: u32 = 16 << 10;
const INVOCATIONS: u32 = 256;

#[test]
fn every_kernel_runs_everywhere() {
    let mut failures = Vec::new();
    for (kernel, with) in kernels::all() {
        failures.extend(check(kernel, &with));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_check_finds_what_is_not_portable() {
    let main = "@compute @workgroup_size(64) fn main() { x[0] = 1; }";
    assert_eq!(check_text(&format!("var<workgroup> x: array<u32, 4096>; {main}"), Capabilities::empty()), Ok(()));
    for text in [
        format!("var<workgroup> x: array<u32, 4097>; {main}"),
        format!("var<workgroup> x: array<u32, 64>; {}", main.replace("64", "257")),
        format!("var<private> x: array<u64, 4>; {main}"),
    ] {
        assert!(check_text(&text, Capabilities::empty()).is_err(), "{text}");
    }
}

/// Checks one kernel with its snippets, a matrix product under every main loop. Returns what is wrong with it.
pub fn check(kernel: &'static Kernel, with: &[&'static Snippet]) -> Vec<String> {
    let is_product = match interface(kernel, with) {
        Ok(interface) => interface.workgroup_size.is_none(),
        Err(error) => return vec![error.to_string()],
    };
    let loops: Vec<Option<&ProductLoop>> = if is_product { PRODUCT_LOOPS.iter().map(Some).collect() } else { vec![None] };
    let mut failures = Vec::new();
    let each = loops.into_iter().flat_map(|main_loop| Storage::ALL.map(|storage| (main_loop, storage)));
    for (main_loop, storage) in each {
        let snippets = || with.iter().copied().chain(main_loop.into_iter().flat_map(ProductLoop::snippets));
        let text = compose(kernel, snippets(), storage);
        // Only devices with subgroups are offered a loop that needs them, and only those with 16-bit floats such storage.
        let mut beyond = Capabilities::empty();
        beyond.set(Capabilities::SUBGROUP, main_loop.is_some_and(|l| l.subgroup.is_some()));
        beyond.set(Capabilities::SHADER_FLOAT16, storage == Storage::F16);
        if let Err(what) = check_text(&text, beyond) {
            let names: Vec<&str> = snippets().map(|s| s.name).collect();
            failures.push(format!("{} with {names:?} in {}: {what}", kernel.name, storage.name()));
        }
    }
    failures
}

/// `beyond` is what the text may use beyond plain WebGPU.
fn check_text(text: &str, beyond: Capabilities) -> Result<(), String> {
    let module = naga::front::wgsl::parse_str(text).map_err(|e| e.emit_to_string(text))?;
    let info =
        Validator::new(ValidationFlags::all(), Capabilities::default() | beyond).validate(&module).map_err(|e| e.emit_to_string(text))?;
    check_limits(&module)?;
    to_spirv(&module, &info).map_err(|e| format!("SPIR-V (Vulkan): {e}"))?;
    to_msl(&module, &info, beyond).map_err(|e| format!("MSL (Metal): {e}"))?;
    to_hlsl(&module, &info, beyond).map_err(|e| format!("HLSL (Direct3D 12): {e}"))
}

fn check_limits(module: &naga::Module) -> Result<(), String> {
    let Some(main) = module.entry_points.iter().find(|e| e.name == "main") else {
        return Err("no entry point main".into());
    };
    let invocations: u32 = main.workgroup_size.iter().product();
    if invocations > INVOCATIONS || main.workgroup_size[2] > 64 {
        return Err(format!("workgroup size {:?} is above {INVOCATIONS} threads, or 64 along z", main.workgroup_size));
    }
    let globals = || module.global_variables.iter().map(|(_, variable)| variable);
    let buffers = globals().filter(|v| matches!(v.space, naga::AddressSpace::Storage { .. })).count();
    if buffers > STORAGE_BUFFERS {
        return Err(format!("{buffers} storage buffers, at most {STORAGE_BUFFERS} are portable"));
    }
    let workgroup = globals().filter(|v| v.space == naga::AddressSpace::WorkGroup);
    let bytes: u32 = workgroup.map(|v| module.types[v.ty].inner.size(module.to_ctx())).sum();
    if bytes > WORKGROUP_BYTES {
        return Err(format!("{bytes} bytes of workgroup memory, at most {WORKGROUP_BYTES} are portable"));
    }
    Ok(())
}

fn to_spirv(module: &naga::Module, info: &ModuleInfo) -> Result<(), String> {
    let pipeline = spv::PipelineOptions { shader_stage: naga::ShaderStage::Compute, entry_point: "main".into() };
    spv::write_vec(module, info, &spv::Options::default(), Some(&pipeline)).map(drop).map_err(|e| e.to_string())
}

fn to_msl(module: &naga::Module, info: &ModuleInfo, beyond: Capabilities) -> Result<(), String> {
    let lang_version = if beyond.is_empty() { msl::Options::default().lang_version } else { (2, 1) };
    let options = msl::Options { fake_missing_bindings: true, lang_version, ..Default::default() };
    msl::write_string(module, info, &options, &msl::PipelineOptions::default()).map(drop).map_err(|e| e.to_string())
}

fn to_hlsl(module: &naga::Module, info: &ModuleInfo, beyond: Capabilities) -> Result<(), String> {
    let shader_model = match (beyond.is_empty(), beyond.contains(Capabilities::SHADER_FLOAT16)) {
        (true, _) => hlsl::ShaderModel::V5_1,
        (false, false) => hlsl::ShaderModel::V6_0,
        (false, true) => hlsl::ShaderModel::V6_2,
    };
    let options = hlsl::Options { fake_missing_bindings: true, shader_model, ..Default::default() };
    let pipeline = hlsl::PipelineOptions::default();
    let mut text = String::new();
    hlsl::Writer::new(&mut text, &options, &pipeline).write(module, info, None).map(drop).map_err(|e| e.to_string())
}
