//! Every composed kernel on paper: it must validate under the plain WebGPU rules and translate to the languages of all backends.
//! Nothing here needs a GPU.

use crate::support;
use ganvas::{
    engine::gpu::{PRODUCT_LOOPS, ProductLoop},
    kernels,
    plan::{Kernel, Snippet, Storage, compose, interface},
};
use naga::{
    back::{hlsl, msl, spv},
    valid::{Capabilities, ModuleInfo, ValidationFlags, Validator},
};
use std::{
    io::Write as _,
    process::{Command, Stdio},
};

/// WebGPU's default limits.
const STORAGE_BUFFERS: usize = 8;
const WORKGROUP_BYTES: u32 = 16 << 10;
const INVOCATIONS: u32 = 256;

#[test]
fn every_kernel_runs_everywhere() {
    each_composed(check_text);
}

/// naga may be wrong about what it writes: Khronos' own validator reads it too.
#[test]
fn the_validator_of_spir_v_accepts_every_kernel() {
    if Command::new("spirv-val").arg("--version").output().is_err() {
        assert!(std::env::var_os("GANVAS_REQUIRE_GPU").is_none(), "GANVAS_REQUIRE_GPU is set, but there is no spirv-val (spirv-tools)");
        return support::skipped("every kernel under spirv-val", "it is not installed (package spirv-tools)");
    }
    assert!(spirv_val(&[0x0723_0203, 0x0001_0300, 0, 1, 0]).is_err(), "a module without anything in it");
    each_composed(|text, beyond| {
        let (module, info) = parse(text, beyond)?;
        spirv_val(&to_spirv(&module, &info)?)
    });
}

/// Under Metal's fast math a compiler may take NaN for impossible and turn round a comparison of floats, or drop NaN from a choice between
/// them. So where a choice could lose NaN, bits are compared, chosen and kept.
#[test]
fn what_is_no_number_is_told_by_its_bits() {
    for (kernel, choice) in [("activation_forward", "relu"), ("activation_forward", "tanh"), ("maxout_forward", "")] {
        let named = |(k, with): &(&Kernel, Vec<&Snippet>)| k.name == kernel && with.first().map_or("", |s| s.name) == choice;
        let (kernel, with) = kernels::all().into_iter().find(named).expect("a kernel");
        let text = compose(kernel, with.iter().copied(), Storage::F32);
        let (module, info) = parse(&text, Capabilities::empty()).expect("a module");
        let value = module.functions.iter().find(|(_, function)| function.name.as_deref() == Some("value"));
        let (function, info) = match value {
            Some((handle, function)) => (function, &info[handle]),
            None => (&module.entry_points[0].function, info.get_entry_point(0)),
        };
        let is_float = |inner: &naga::TypeInner| inner.scalar_kind() == Some(naga::ScalarKind::Float);
        for (handle, expression) in function.expressions.iter() {
            let chosen = matches!(expression, naga::Expression::Select { .. });
            assert!(!(chosen && is_float(info[handle].ty.inner_with(&module.types))), "{} {choice} chooses between floats", kernel.name);
        }
        for (_, variable) in function.local_variables.iter() {
            assert!(!is_float(&module.types[variable.ty].inner), "{} {choice} keeps {:?} as a float", kernel.name, variable.name);
        }
    }
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

/// Checks the text of every kernel with every choice of snippets, a matrix product under every main loop, in both storages. A check also
/// gets what the text may use beyond plain WebGPU.
fn each_composed(check: impl Fn(&str, Capabilities) -> Result<(), String>) {
    let mut failures = Vec::new();
    for (kernel, with) in kernels::all() {
        let is_product = interface(kernel, &with).expect("a kernel that can be read").workgroup_size.is_none();
        let loops: Vec<Option<&ProductLoop>> = if is_product { PRODUCT_LOOPS.iter().map(Some).collect() } else { vec![None] };
        let each = loops.into_iter().flat_map(|main_loop| Storage::ALL.map(|storage| (main_loop, storage)));
        for (main_loop, storage) in each {
            let snippets = || with.iter().copied().chain(main_loop.into_iter().flat_map(ProductLoop::snippets));
            let text = compose(kernel, snippets(), storage);
            // Only devices with subgroups are offered a loop that needs them, and only those with 16-bit floats such storage.
            let mut beyond = Capabilities::empty();
            beyond.set(Capabilities::SUBGROUP, main_loop.is_some_and(|l| l.subgroup.is_some()));
            beyond.set(Capabilities::SHADER_FLOAT16, storage == Storage::F16);
            if let Err(what) = check(&text, beyond) {
                let names: Vec<&str> = snippets().map(|s| s.name).collect();
                failures.push(format!("{} with {names:?} in {}: {what}", kernel.name, storage.name()));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn parse(text: &str, beyond: Capabilities) -> Result<(naga::Module, ModuleInfo), String> {
    let module = naga::front::wgsl::parse_str(text).map_err(|e| e.emit_to_string(text))?;
    let info =
        Validator::new(ValidationFlags::all(), Capabilities::default() | beyond).validate(&module).map_err(|e| e.emit_to_string(text))?;
    Ok((module, info))
}

fn check_text(text: &str, beyond: Capabilities) -> Result<(), String> {
    let (module, info) = parse(text, beyond)?;
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

/// As wgpu writes it for Vulkan 1.1, which all its devices have.
fn to_spirv(module: &naga::Module, info: &ModuleInfo) -> Result<Vec<u32>, String> {
    let pipeline = spv::PipelineOptions { shader_stage: naga::ShaderStage::Compute, entry_point: "main".into() };
    let options = spv::Options { lang_version: (1, 3), ..Default::default() };
    spv::write_vec(module, info, &options, Some(&pipeline)).map_err(|e| e.to_string())
}

fn spirv_val(words: &[u32]) -> Result<(), String> {
    let mut command = Command::new("spirv-val");
    command.args(["--target-env", "vulkan1.1", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().map_err(|e| e.to_string())?;
    // Closed when it is dropped, which ends the input.
    running.stdin.take().ok_or("no input")?.write_all(bytemuck::cast_slice(words)).map_err(|e| e.to_string())?;
    let output = running.wait_with_output().map_err(|e| e.to_string())?;
    if output.status.success() { Ok(()) } else { Err(format!("spirv-val: {}", String::from_utf8_lossy(&output.stderr))) }
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
