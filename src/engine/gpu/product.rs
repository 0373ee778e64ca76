//! Main loops of matrix products, and how many workgroups a dispatch takes. Nothing here needs a device.

use crate::{
    engine::{DeviceInfo, DeviceKind},
    plan::{Grid, PlanError, Snippet},
};
use wgpu::naga;

/// A main loop under which every kernel with a [`Grid::Product`] can run.
#[derive(Debug)]
pub struct ProductLoop {
    /// Its text.
    pub snippet: Snippet,
    /// Text that it needs.
    pub parts: &'static [&'static Snippet],
    /// Devices on which it is mostly the fastest: there it is taken unless tuning finds a faster one.
    pub devices: &'static [DeviceKind],
    /// Threads of a subgroup that it counts on.
    pub subgroup: Option<u32>,
}

/// The part of C that a workgroup computes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tile {
    /// Rows of C.
    pub rows: u32,
    /// Columns of C.
    pub columns: u32,
}

macro_rules! product_loop {
    ($name:literal, parts $parts:expr, devices $devices:expr) => {
        product_loop!($name, parts $parts, devices $devices, subgroup None)
    };
    ($name:literal, parts $parts:expr, devices $devices:expr, subgroup $subgroup:expr) => {
        ProductLoop {
            snippet: Snippet { name: $name, source: include_str!(concat!("../../../shaders/common/", $name, ".wgsl")), needs: &[] },
            parts: $parts,
            devices: $devices,
            subgroup: $subgroup,
        }
    };
}

static PART: Snippet = Snippet { name: "gemm_part", source: include_str!("../../../shaders/common/gemm_part.wgsl"), needs: &[] };

static QUADS: Snippet = Snippet { name: "gemm_quads", source: include_str!("../../../shaders/common/gemm_quads.wgsl"), needs: &[] };

/// Every main loop; the plain one, which is there to be read, comes first. Where several suit a kind of device, the first that it
/// can run is its usual one.
pub static PRODUCT_LOOPS: [ProductLoop; 5] = [
    product_loop!("gemm_plain", parts & [&PART], devices & []),
    product_loop!(
        "gemm_workgroup",
        parts & [&PART, &QUADS],
        devices & [DeviceKind::DiscreteGpu, DeviceKind::IntegratedGpu, DeviceKind::OtherGpu]
    ),
    product_loop!("gemm_blocks", parts & [&PART, &QUADS], devices & []),
    product_loop!("gemm_subgroups", parts & [&PART, &QUADS], devices & [DeviceKind::Software], subgroup Some(8)),
    product_loop!("gemm_registers", parts & [&PART, &QUADS], devices & [DeviceKind::Software]),
];

/// Largest number of workgroups along one dimension that every device allows.
const MOST_GROUPS: u32 = 65_535;

/// What a kernel gives a main loop; enough for naga to read a loop without a kernel.
const CONTRACT: &str = "
var<private> part: u32;
alias Row = u32;
alias Column = u32;
alias Step = u32;
fn parts() -> u32 { return 1u; }
fn extent() -> vec3<u32> { return vec3<u32>(); }
fn row_at(row: u32) -> Row { return row; }
fn column_at(column: u32) -> Column { return column; }
fn step_at(k: u32) -> Step { return k; }
fn load_a(row: Row, step: Step) -> f32 { return 0.0; }
fn load_b(step: Step, column: Column) -> f32 { return 0.0; }
fn store_c(row: u32, column: u32, sum: f32) {}
";

/// The main loops that a device can run; the plain one, which comes first, runs everywhere.
pub fn product_loops(device: &DeviceInfo) -> impl Iterator<Item = &'static ProductLoop> {
    PRODUCT_LOOPS.iter().filter(move |product| product.runs_on(device))
}

/// The usual main loop of a device; the plain one where the table names none for its kind.
pub fn product_loop(device: &DeviceInfo) -> &'static ProductLoop {
    product_loops(device).find(|product| product.devices.contains(&device.kind)).unwrap_or(&PRODUCT_LOOPS[0])
}

impl ProductLoop {
    /// Its text and what that needs, to be put behind a kernel's.
    pub fn snippets(&self) -> impl Iterator<Item = &Snippet> {
        std::iter::once(&self.snippet).chain(self.parts.iter().copied())
    }

    /// Whether a device has what it needs.
    pub fn runs_on(&self, device: &DeviceInfo) -> bool {
        self.subgroup.is_none() || self.subgroup == device.subgroup
    }

    /// Name with tile, such as `gemm_workgroup 32x32`.
    pub fn name(&self) -> String {
        match self.tile() {
            Ok(tile) => format!("{} {}x{}", self.snippet.name, tile.rows, tile.columns),
            Err(_) => self.snippet.name.into(),
        }
    }

    /// What [`Engine::variant`] tells of a device that computes with it. Drivers compute differently too.
    ///
    /// [`Engine::variant`]: crate::engine::Engine::variant
    pub fn variant(&self, device: &DeviceInfo) -> String {
        let DeviceInfo { name, backend, driver, .. } = device;
        format!("wgsl {} on {name}, {backend} {driver}", self.name()).trim_end().to_owned()
    }

    /// `TILE_ROWS` and `TILE_COLUMNS` as its text declares them.
    ///
    /// # Errors
    /// [`PlanError::Kernel`] where the text does not parse or a constant is missing.
    pub fn tile(&self) -> Result<Tile, PlanError> {
        let fail = |what: String| PlanError::Kernel { kernel: self.snippet.name.into(), what };
        let mut text = CONTRACT.to_owned();
        for snippet in self.snippets() {
            text.push_str(snippet.source);
        }
        let module = naga::front::wgsl::parse_str(&text).map_err(|e| fail(e.emit_to_string(&text)))?;
        let constant = |name: &str| {
            let (_, found) = module.constants.iter().find(|(_, c)| c.name.as_deref() == Some(name))?;
            match module.global_expressions[found.init] {
                naga::Expression::Literal(naga::Literal::U32(value)) if value > 0 => Some(value),
                _ => None,
            }
        };
        let required = |name: &str| constant(name).ok_or_else(|| fail(format!("needs a line `const {name}: u32 = ...;` above zero")));
        Ok(Tile { rows: required("TILE_ROWS")?, columns: required("TILE_COLUMNS")? })
    }
}

/// Workgroups of a dispatch: `size` is the kernel's workgroup size, `tile` that of the main loop for products.
///
/// Counts above 65,535 fold into the next dimension: element or row groups of index `x + y * groups.x` and `y + z * groups.y`. The parts of a
/// product lie along z, each with all its folds.
pub fn workgroups(tile: Tile, grid: Grid, size: Option<[u32; 3]>) -> [u32; 3] {
    match grid {
        Grid::One => [1, 1, 1],
        Grid::Elements(n) => {
            let threads: u32 = size.unwrap_or([1, 1, 1]).iter().product();
            let [x, y] = fold(n.div_ceil(threads.max(1) as usize));
            [x, y, 1]
        }
        Grid::Product { rows, columns, parts, .. } => {
            let [y, z] = fold(rows.div_ceil(tile.rows as usize));
            [clamp(columns.div_ceil(tile.columns as usize)), y, z.saturating_mul(clamp(parts))]
        }
    }
}

fn fold(groups: usize) -> [u32; 2] {
    let first = clamp(groups).min(MOST_GROUPS);
    [first, clamp(groups.div_ceil(first as usize))]
}

/// At least one; what is too large for `u32` is too large for any device, which [`fits`] reports.
fn clamp(groups: usize) -> u32 {
    u32::try_from(groups).unwrap_or(u32::MAX).max(1)
}

/// Whether a device takes so many workgroups.
pub fn fits(workgroups: [u32; 3]) -> bool {
    workgroups.iter().all(|&n| n <= MOST_GROUPS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_read_from_the_text() {
        let tiles: Vec<Tile> = PRODUCT_LOOPS.iter().map(|l| l.tile().expect(l.snippet.name)).collect();
        assert_eq!(tiles[0], Tile { rows: 8, columns: 8 });
        assert_eq!(tiles[1], Tile { rows: 32, columns: 32 });
        assert_eq!(tiles[2], Tile { rows: 64, columns: 64 });
        assert_eq!(tiles[3], Tile { rows: 32, columns: 64 }, "a product of two constants");
        assert_eq!(tiles[4], Tile { rows: 8, columns: 64 });
    }

    #[test]
    fn a_device_is_offered_what_it_can_run() {
        let device =
            |kind, subgroup| DeviceInfo { name: String::new(), kind, backend: String::new(), driver: String::new(), f16: false, subgroup };
        for (kind, subgroup, usual, count) in [
            (DeviceKind::Software, Some(8), "gemm_subgroups", 5),
            (DeviceKind::Software, Some(4), "gemm_registers", 4),
            (DeviceKind::Software, None, "gemm_registers", 4),
            (DeviceKind::DiscreteGpu, Some(32), "gemm_workgroup", 4),
            (DeviceKind::IntegratedGpu, Some(8), "gemm_workgroup", 5),
        ] {
            let device = device(kind, subgroup);
            assert_eq!(product_loop(&device).snippet.name, usual, "{device:?}");
            assert_eq!(product_loops(&device).count(), count, "{device:?}");
        }
    }

    #[test]
    fn groups_cover_the_work() {
        let tile = Tile { rows: 8, columns: 32 };
        assert_eq!(workgroups(tile, Grid::One, Some([256, 1, 1])), [1, 1, 1]);
        assert_eq!(workgroups(tile, Grid::Elements(256), Some([256, 1, 1])), [1, 1, 1]);
        assert_eq!(workgroups(tile, Grid::Elements(257), Some([256, 1, 1])), [2, 1, 1]);
        assert_eq!(workgroups(tile, Grid::Elements(65_535 * 256 + 1), Some([256, 1, 1])), [65_535, 2, 1]);
        assert_eq!(workgroups(tile, Grid::Product { rows: 9, columns: 32, inner: 1, parts: 1 }, None), [1, 2, 1]);
        assert_eq!(workgroups(tile, Grid::Product { rows: 8 * 65_536, columns: 33, inner: 1, parts: 1 }, None), [2, 65_535, 2]);
        assert!(!fits(workgroups(tile, Grid::Product { rows: 1, columns: 1 << 22, inner: 1, parts: 1 }, None)));
    }
}
