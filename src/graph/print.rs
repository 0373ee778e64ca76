//! `--print-graph`: every expression with its shape, its operands, and the gradient that it belongs to.

use super::{Graph, Id};
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
        for id in self.ids() {
            let node = self.get(id);
            let [rows, columns] = node.shape;
            let what = node.op.name();
            write!(out, "{:5}  {:<14} {what:<28}", id.index(), format!("[{rows}, {columns}]"))?;
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
