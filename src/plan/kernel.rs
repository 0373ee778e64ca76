//! Kernels: WGSL text, and what the host reads from it.
//!
//! A kernel's WGSL file is its only declaration. Binding names, access, element types, the layout of the `Params` struct and
//! the workgroup size are read from the text with naga; the shape of each binding is read from the comment behind it.

use super::{Element, PlanError, Storage};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, LazyLock, Mutex},
};
use wgpu::naga;

/// A piece of WGSL without bindings that several kernels share: functions, appended after the kernel's text.
#[derive(Debug)]
pub struct Snippet {
    /// File stem, unique among snippets.
    pub name: &'static str,
    /// The text.
    pub source: &'static str,
    /// Snippets whose functions it calls.
    pub needs: &'static [&'static Snippet],
}

/// How much work a dispatch is, from which an engine derives its workgroups.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Grid {
    /// One thread per element.
    Elements(usize),
    /// One workgroup alone (small reductions, counters).
    One,
    /// A matrix product C `[rows, columns]` over `inner`; the engine adds the main loop that suits its device.
    Product {
        /// Rows of C.
        rows: usize,
        /// Columns of C.
        columns: usize,
        /// Length of the sum behind each element of C.
        inner: usize,
        /// How many such products there are, side by side.
        parts: usize,
    },
}

/// A kernel as it stands in `shaders/`.
#[derive(Debug)]
pub struct Kernel {
    /// File stem; the CPU twin has the same name.
    pub name: &'static str,
    /// WGSL text: bindings, `struct Params` and the entry point `main`, or, for a matrix product, the functions
    /// `load_a`, `load_b` and `store_c` that a main loop of `shaders/common` calls (see `gemm_plain.wgsl`).
    pub source: &'static str,
    /// Snippets that it always uses.
    pub snippets: &'static [&'static Snippet],
}

/// What a binding may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// `var<storage, read>`
    Read,
    /// `var<storage, read_write>`
    Write,
}

/// A storage binding of a kernel.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Variable name in the WGSL.
    pub name: String,
    /// `@binding(index)`
    pub index: u32,
    /// Read or write.
    pub access: Access,
    /// Element type of the array.
    pub element: Element,
    /// Extents as written behind the declaration, `// [rows, inputs]`: sums of parameter names and integers.
    pub shape: Vec<String>,
}

/// A member of the kernel's `Params` struct.
#[derive(Clone, Debug)]
pub struct ParamSlot {
    /// Member name.
    pub name: String,
    /// Position in 4-byte words.
    pub word: usize,
    /// Type.
    pub element: Element,
}

/// What the host needs to know of a kernel, all read from its WGSL.
#[derive(Debug)]
pub struct Interface {
    /// Storage bindings in order of index.
    pub bindings: Vec<Binding>,
    /// Members of `Params`.
    pub params: Vec<ParamSlot>,
    /// Words of the `Params` uniform.
    pub param_words: usize,
    /// Workgroup size of `main`; `None` for a matrix product, whose main loop declares it.
    pub workgroup_size: Option<[u32; 3]>,
}

/// Kernel text first (so that line numbers in messages are those of its file), then the snippets, then `stored`: the type in which
/// bindings of [`Element::Stored`] are declared.
pub fn compose<'a>(kernel: &Kernel, with: impl IntoIterator<Item = &'a Snippet>, storage: Storage) -> String {
    let mut text = match storage {
        Storage::F32 => String::new(),
        Storage::F16 => "enable f16; ".to_owned(),
    };
    text.push_str(kernel.source);
    let mut snippets: Vec<&Snippet> = Vec::new();
    for snippet in kernel.snippets.iter().copied().chain(with) {
        for one in snippet.needs.iter().copied().chain([snippet]) {
            if snippets.iter().all(|known| known.name != one.name) {
                snippets.push(one);
            }
        }
    }
    for snippet in snippets {
        text.push_str("\n// ---- ");
        text.push_str(snippet.name);
        text.push_str(" ----\n");
        text.push_str(snippet.source);
    }
    text.push_str("\nalias stored = ");
    text.push_str(storage.name());
    text.push_str(";\n");
    text
}

/// Reads the interface of a kernel; the same kernel is parsed once.
///
/// # Errors
/// A message that names the kernel, where the text does not parse or breaks one of this module's conventions.
pub fn interface(kernel: &Kernel, with: &[&Snippet]) -> Result<Arc<Interface>, PlanError> {
    type Cache = Mutex<HashMap<(&'static str, Vec<&'static str>), Arc<Interface>>>;
    static CACHE: LazyLock<Cache> = LazyLock::new(Default::default);
    let key = (kernel.name, with.iter().map(|s| s.name).collect::<Vec<_>>());
    let mut cache = CACHE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some(known) = cache.get(&key) {
        return Ok(known.clone());
    }
    let fail = |what: String| PlanError::Kernel { kernel: kernel.name.into(), what };
    // In f16, where `stored` is a type of its own.
    let text = compose(kernel, with.iter().copied(), Storage::F16);
    let module = naga::front::wgsl::parse_str(&text).map_err(|e| fail(e.emit_to_string(&text)))?;
    let read = Arc::new(read_interface(kernel, &module).map_err(fail)?);
    cache.insert(key, read.clone());
    Ok(read)
}

fn read_interface(kernel: &Kernel, module: &naga::Module) -> Result<Interface, String> {
    let mut interface = Interface {
        bindings: Vec::new(),
        params: Vec::new(),
        param_words: 0,
        workgroup_size: module.entry_points.iter().find(|e| e.name == "main").map(|e| e.workgroup_size),
    };
    for (_, variable) in module.global_variables.iter() {
        let Some(slot) = &variable.binding else { continue };
        let name = variable.name.clone().unwrap_or_default();
        match variable.space {
            naga::AddressSpace::Uniform => {
                if slot.binding != 0 {
                    return Err(format!("the uniform '{name}' must be @binding(0)"));
                }
                read_params(&module.types[variable.ty], module, &mut interface)?;
            }
            naga::AddressSpace::Storage { access } => interface.bindings.push(Binding {
                index: slot.binding,
                access: if access.contains(naga::StorageAccess::STORE) { Access::Write } else { Access::Read },
                element: array_element(&module.types[variable.ty], module)
                    .ok_or_else(|| format!("binding '{name}' must be array<f32>, array<stored> or array<u32>"))?,
                shape: shape_comment(kernel.source, &name)
                    .ok_or_else(|| format!("binding '{name}' needs its shape in a comment behind it, as // [rows, columns]"))?,
                name,
            }),
            _ => {}
        }
    }
    interface.bindings.sort_by_key(|b| b.index);
    Ok(interface)
}

fn read_params(ty: &naga::Type, module: &naga::Module, interface: &mut Interface) -> Result<(), String> {
    let naga::TypeInner::Struct { members, span } = &ty.inner else {
        return Err("the uniform must be a struct".into());
    };
    interface.param_words = *span as usize / 4;
    for member in members {
        let name = member.name.clone().unwrap_or_default();
        let element = match &module.types[member.ty].inner {
            naga::TypeInner::Scalar(s) => scalar_element(*s),
            _ => None,
        };
        let element =
            element.filter(|element| *element != Element::Stored).ok_or_else(|| format!("parameter '{name}' must be f32 or u32"))?;
        interface.params.push(ParamSlot { name, word: member.offset as usize / 4, element });
    }
    Ok(())
}

fn array_element(ty: &naga::Type, module: &naga::Module) -> Option<Element> {
    let naga::TypeInner::Array { base, .. } = ty.inner else {
        return None;
    };
    match module.types[base].inner {
        naga::TypeInner::Scalar(s) => scalar_element(s),
        _ => None,
    }
}

fn scalar_element(scalar: naga::Scalar) -> Option<Element> {
    match scalar.kind {
        naga::ScalarKind::Float if scalar.width == 2 => Some(Element::Stored),
        naga::ScalarKind::Float => Some(Element::F32),
        naga::ScalarKind::Uint => Some(Element::U32),
        _ => None,
    }
}

/// The extents in the comment behind `var<storage...> name: ...; // [a, b]`.
fn shape_comment(source: &str, name: &str) -> Option<Vec<String>> {
    let line = source.lines().find(|l| l.contains("var<storage") && l.contains(&format!(" {name}:")))?;
    let (_, comment) = line.split_once("//")?;
    let inside = comment.split_once('[')?.1.split_once(']')?.0;
    Some(inside.split(',').map(|extent| extent.trim().to_owned()).collect())
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Grid::Elements(n) => write!(f, "{n} elements"),
            Grid::One => write!(f, "one workgroup"),
            Grid::Product { rows, columns, inner, parts: 1 } => write!(f, "{rows}x{columns} over {inner}"),
            Grid::Product { rows, columns, inner, parts } => write!(f, "{parts} of {rows}x{columns} over {inner}"),
        }
    }
}
