//! `--print-graph`: every expression with its shape, its operands, and the gradient that it belongs to.

use super::{Graph, Id, Op};
use std::fmt;

impl Graph {
    /// An expression in words: its name, or what it is.
    pub fn describe(&self, id: Id) -> String {
        let node = self.get(id);
        if node.name.is_empty() { node.op.name() } else { node.name.to_string() }
    }

    /// One line per expression.
    ///
    /// # Errors
    /// Only where `out` cannot be written.
    pub fn print(&self, out: &mut impl fmt::Write) -> fmt::Result {
        for i in 0..self.len() {
            let id = Id(i as u32);
            let node = self.get(id);
            let [rows, columns] = node.shape;
            let what = match node.op {
                Op::Leaf => "leaf".to_owned(),
                _ => node.op.name(),
            };
            write!(out, "{i:5}  {:<14} {what:<28}", format!("[{rows}, {columns}]"))?;
            for operand in &node.operands {
                write!(out, " %{}", operand.index())?;
            }
            if !node.name.is_empty() {
                write!(out, "  {}", node.name)?;
            }
            if let Some(of) = node.gradient_of {
                write!(out, "  (gradient of %{})", of.index())?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}
