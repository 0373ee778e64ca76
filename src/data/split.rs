//! Images that are held out of training, to measure by.

use super::{DataError, DataSet, Values};

/// A data set in three parts, by index: first what is trained on, then validation, then test.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// What is trained on; at least one image.
    pub train: DataSet,
    /// To choose settings of a measure by, such as the width of a Parzen window.
    pub valid: Option<DataSet>,
    /// To measure on.
    pub test: Option<DataSet>,
}

/// Cuts the last `valid + test` images off, the test set last.
///
/// # Errors
/// [`DataError::AllHeldOut`] where nothing is left to train on.
pub fn split(mut data: DataSet, valid: usize, test: usize) -> Result<Split, DataError> {
    if valid.saturating_add(test) >= data.count {
        return Err(DataError::AllHeldOut { source_name: data.name, count: data.count, valid, test });
    }
    let test = (test > 0).then(|| data.cut(test));
    let valid = (valid > 0).then(|| data.cut(valid));
    Ok(Split { train: data, valid, test })
}

impl Values {
    /// Takes those from `at` on away.
    fn split_off(&mut self, at: usize) -> Values {
        match self {
            Values::Bytes(bytes) => Values::Bytes(bytes.split_off(at)),
            Values::Reals(reals) => Values::Reals(reals.split_off(at)),
        }
    }

    /// Appends values of the same kind.
    fn extend(&mut self, more: &Values) {
        match (self, more) {
            (Values::Bytes(bytes), Values::Bytes(more)) => bytes.extend_from_slice(more),
            (Values::Reals(reals), Values::Reals(more)) => reals.extend_from_slice(more),
            // Parts of one data set are of one kind.
            _ => {}
        }
    }
}

impl DataSet {
    /// Takes the last `count` images away.
    fn cut(&mut self, count: usize) -> DataSet {
        self.count -= count;
        DataSet {
            name: self.name.clone(),
            values: self.values.split_off(self.count * self.pixels()),
            labels: self.labels.as_mut().map(|labels| labels.split_off(self.count)),
            classes: self.classes.clone(),
            count,
            ..*self
        }
    }
}

impl Split {
    /// All images that are held out, validation first; `None` where there are none.
    pub fn held_out(&self) -> Option<DataSet> {
        let parts: Vec<&DataSet> = self.valid.iter().chain(&self.test).collect();
        let mut all = (*parts.first()?).clone();
        for more in &parts[1..] {
            all.values.extend(&more.values);
            all.count += more.count;
            if let (Some(labels), Some(more)) = (&mut all.labels, &more.labels) {
                labels.extend_from_slice(more);
            }
        }
        Some(all)
    }

    /// Names of the classes that the held-out images lack: data in order of class give a test set of the last ones alone.
    pub fn classes_missed(&self) -> Vec<&str> {
        let Some(labels) = self.held_out().and_then(|held_out| held_out.labels) else { return Vec::new() };
        let missed = |class: &usize| !labels.contains(&(*class as u32));
        (0..self.train.classes.len()).filter(missed).map(|class| self.train.classes[class].as_str()).collect()
    }
}
