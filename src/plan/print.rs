//! `--print-plan`: the plan as a table that a person can read.

use super::{Grid, Plan, Sequence};
use std::fmt;

/// Workgroups that a device launches for a grid, given the kernel's workgroup size.
pub type Workgroups<'a> = &'a dyn Fn(Grid, Option<[u32; 3]>) -> [u32; 3];

impl Plan {
    /// Every sequence with, per dispatch: kernel, work, workgroups, bytes, FLOPs, and tensors with shapes.
    ///
    /// # Errors
    /// Only where `out` cannot be written.
    pub fn print(&self, out: &mut impl fmt::Write, workgroups: Workgroups) -> fmt::Result {
        for sequence in &self.sequences {
            print_sequence(self, sequence, out, workgroups)?;
        }
        writeln!(out, "{} buffers, {}", self.buffers.len(), amount(self.bytes(), "B"))
    }
}

fn print_sequence(plan: &Plan, sequence: &Sequence, out: &mut impl fmt::Write, workgroups: Workgroups) -> fmt::Result {
    let dispatches = &sequence.dispatches;
    let flops: usize = dispatches.iter().map(super::Dispatch::flops).sum();
    let bytes: usize = dispatches.iter().map(|dispatch| dispatch.bytes(|element| plan.width(element))).sum();
    writeln!(out, "{}: {} dispatches, {}, {}", sequence.name, dispatches.len(), amount(flops, "FLOP"), amount(bytes, "B"))?;
    for (i, d) in dispatches.iter().enumerate() {
        let name = d.name();
        let [x, y, z] = workgroups(d.grid, d.interface.workgroup_size);
        write!(out, "{i:4}  {name:<44} {:<24} groups {:<9}", d.grid.to_string(), format!("{x}x{y}x{z}"))?;
        write!(out, " {:>9} {:>11} ", amount(d.bytes(|element| plan.width(element)), "B"), amount(d.flops(), "FLOP"))?;
        for (binding, tensor) in d.interface.bindings.iter().zip(&d.bindings) {
            let arrow = if binding.access == super::Access::Write { "->" } else { "" };
            write!(out, " {arrow}{}={}{}", binding.name, tensor.name, tensor.shape_text())?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// `1.4 MB`, in powers of 1000.
pub fn amount(value: usize, unit: &str) -> String {
    let mut scaled = value as f64;
    for prefix in ["", "k", "M", "G"] {
        if scaled < 999.5 {
            let digits = usize::from(!prefix.is_empty() && scaled < 99.95);
            return format!("{scaled:.digits$} {prefix}{unit}");
        }
        scaled /= 1000.0;
    }
    format!("{scaled:.1} T{unit}")
}
