//! Data sets that are published, where they are to be had, and where they lie once they are here.

use super::DataError;
use crate::download::Wanted;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A published data set.
#[derive(Debug)]
pub struct Published {
    /// Its name for `--data` and `data get`.
    pub name: &'static str,
    /// What it is.
    pub help: &'static str,
    /// Its licence, as far as its makers state one.
    pub licence: &'static str,
    /// Its home page.
    pub home: &'static str,
    /// What comes before its files' names in an address, the best first.
    mirrors: &'static [&'static str],
    /// Its files.
    pub files: &'static [PublishedFile],
    /// What it has several of, each a set of its own: `emnist-digits` is the part `digits`.
    pub parts: &'static [&'static str],
}

/// A file of a published data set.
#[derive(Debug)]
pub struct PublishedFile {
    /// Its name, here as there.
    pub name: &'static str,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: &'static str,
}

const fn file(name: &'static str, bytes: u64, sha256: &'static str) -> PublishedFile {
    PublishedFile { name, bytes, sha256 }
}

/// Every published set that `data get` knows. Sizes and hashes are those of TensorFlow Datasets' `url_checksums`; other projects that check
/// these files have the same.
pub static PUBLISHED: [Published; 6] = [
    Published {
        name: "mnist",
        help: "handwritten digits, 28 x 28 grey, 60,000 and 10,000 (LeCun et al. 1998)",
        licence: "CC BY-SA 3.0",
        home: "http://yann.lecun.com/exdb/mnist",
        mirrors: &["https://storage.googleapis.com/cvdf-datasets/mnist/", "https://ossci-datasets.s3.amazonaws.com/mnist/"],
        files: &[
            file("train-images-idx3-ubyte.gz", 9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            file("train-labels-idx1-ubyte.gz", 28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            file("t10k-images-idx3-ubyte.gz", 1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            file("t10k-labels-idx1-ubyte.gz", 4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ],
        parts: &[],
    },
    Published {
        name: "fashion-mnist",
        help: "clothes, 28 x 28 grey, 60,000 and 10,000 (Xiao et al. 2017)",
        licence: "MIT",
        home: "https://github.com/zalandoresearch/fashion-mnist",
        mirrors: &[
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ],
        files: &[
            file("train-images-idx3-ubyte.gz", 26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            file("train-labels-idx1-ubyte.gz", 29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            file("t10k-images-idx3-ubyte.gz", 4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            file("t10k-labels-idx1-ubyte.gz", 5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ],
        parts: &[],
    },
    Published {
        name: "kmnist",
        help: "cursive Japanese characters, 28 x 28 grey, 60,000 and 10,000 (Clanuwat et al. 2018)",
        licence: "CC BY-SA 4.0",
        home: "http://codh.rois.ac.jp/kmnist",
        mirrors: &["https://codh.rois.ac.jp/kmnist/dataset/kmnist/", "http://codh.rois.ac.jp/kmnist/dataset/kmnist/"],
        files: &[
            file("train-images-idx3-ubyte.gz", 18_165_135, "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
            file("train-labels-idx1-ubyte.gz", 29_497, "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
            file("t10k-images-idx3-ubyte.gz", 3_041_136, "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
            file("t10k-labels-idx1-ubyte.gz", 5_120, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
        ],
        parts: &[],
    },
    Published {
        name: "emnist",
        help: "handwritten digits and letters, 28 x 28 grey, in six sets of up to 814,255 (Cohen et al. 2017)",
        licence: "none stated",
        home: "https://www.nist.gov/itl/products-and-services/emnist-dataset",
        mirrors: &["https://biometrics.nist.gov/cs_links/EMNIST/", "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/"],
        files: &[file("gzip.zip", 561_753_746, "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e")],
        parts: &["balanced", "byclass", "bymerge", "digits", "letters", "mnist"],
    },
    Published {
        name: "cifar-10",
        help: "photographs in 10 classes, 32 x 32 colour, 50,000 and 10,000 (Krizhevsky 2009)",
        licence: "none stated",
        home: "https://www.cs.toronto.edu/~kriz/cifar.html",
        mirrors: &["https://www.cs.toronto.edu/~kriz/"],
        files: &[file("cifar-10-binary.tar.gz", 170_052_171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")],
        parts: &[],
    },
    Published {
        name: "cifar-100",
        help: "photographs in 100 classes, 32 x 32 colour, 50,000 and 10,000 (Krizhevsky 2009)",
        licence: "none stated",
        home: "https://www.cs.toronto.edu/~kriz/cifar.html",
        mirrors: &["https://www.cs.toronto.edu/~kriz/"],
        files: &[file("cifar-100-binary.tar.gz", 168_513_733, "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec")],
        parts: &[],
    },
];

/// The folder of downloaded sets, a folder for each: `GANVAS_DATA`, or the user's folder for data.
///
/// # Errors
/// Where the system knows of no such folder.
pub fn data_folder() -> Result<PathBuf, DataError> {
    let given = std::env::var_os("GANVAS_DATA").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    given
        .or_else(|| directories::ProjectDirs::from("", "", "ganvas").map(|folders| folders.data_local_dir().join("data")))
        .ok_or(DataError::NoFolder)
}

impl Published {
    /// The set of that name.
    pub fn named(name: &str) -> Option<&'static Published> {
        PUBLISHED.iter().find(|set| set.name == name)
    }

    /// Where its files lie or are to lie.
    ///
    /// # Errors
    /// As [`data_folder`].
    pub fn folder(&self) -> Result<PathBuf, DataError> {
        Ok(data_folder()?.join(self.name))
    }

    /// The size of all its files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// What to download for a file: from `mirror` alone, where there is one.
    pub fn wanted(&self, file: &PublishedFile, mirror: Option<&str>) -> Wanted {
        let from = |base: &str| format!("{}/{}", base.trim_end_matches('/'), file.name);
        let urls = mirror.map_or_else(|| self.mirrors.iter().map(|base| from(base)).collect(), |mirror| vec![from(mirror)]);
        Wanted { urls, bytes: file.bytes, sha256: file.sha256 }
    }

    /// Names of the files that are not in `folder`, or not of the size that they should have.
    pub fn missing(&self, folder: &Path) -> Vec<&'static str> {
        let there = |file: &PublishedFile| fs::metadata(folder.join(file.name)).is_ok_and(|found| found.len() == file.bytes);
        self.files.iter().filter(|file| !there(file)).map(|file| file.name).collect()
    }

    /// The names that `--data` takes for it.
    pub fn names(&self) -> Vec<String> {
        match self.parts {
            [] => vec![self.name.to_owned()],
            parts => parts.iter().map(|part| format!("{}-{part}", self.name)).collect(),
        }
    }

    /// What in `folder` is read for the name `data`, one of [`Published::names`].
    fn place(&self, folder: &Path, data: &str) -> PathBuf {
        match self.files {
            // In the archive, the files of a part begin with its name.
            [archive] if !self.parts.is_empty() => folder.join(archive.name).join("gzip").join(format!("{data}-")),
            [archive] => folder.join(archive.name),
            _ => folder.to_owned(),
        }
    }
}

/// Where the data lie that `source` names: itself where it is a path; where nothing lies there and it is the name of a published set, the
/// downloaded files.
///
/// # Errors
/// [`DataError`] for a published set that is not here, or of which one part is to be chosen.
pub fn located(source: &str) -> Result<String, DataError> {
    let Some(set) = PUBLISHED.iter().find(|set| set.name == source || set.names().iter().any(|name| name == source)) else {
        return Ok(source.to_owned());
    };
    if Path::new(source).exists() {
        return Ok(source.to_owned());
    }
    let folder = set.folder()?;
    let missing = set.missing(&folder);
    if missing.len() == set.files.len() {
        return Err(DataError::NotHere { name: source.to_owned(), set: set.name, folder: folder.display().to_string() });
    }
    if !missing.is_empty() {
        return Err(DataError::Parted {
            name: source.to_owned(),
            set: set.name,
            folder: folder.display().to_string(),
            missing: missing.join(", "),
        });
    }
    if !set.names().iter().any(|name| name == source) {
        return Err(DataError::WhichPart { name: source.to_owned(), parts: set.names().join(", ") });
    }
    Ok(set.place(&folder, source).to_string_lossy().into_owned())
}

/// Whether anything lies where `source` says, without looking into it.
///
/// # Errors
/// As [`located`], and [`DataError::Missing`].
pub fn is_there(source: &str) -> Result<(), DataError> {
    let place = located(source)?;
    // Of a way into an archive, the archive.
    let there = Path::new(&place).ancestors().find(|path| path.exists()).is_some_and(|found| found == Path::new(&place) || found.is_file());
    if there { Ok(()) } else { Err(DataError::Missing(source.to_owned())) }
}

/// Says so where something of the name of a downloaded set lies in the folder at hand and is taken in its place.
pub(super) fn clash(source: &str) -> Option<String> {
    let set = Published::named(source)?;
    let folder = set.folder().ok()?;
    let hidden = Path::new(source).exists() && set.missing(&folder).is_empty();
    hidden.then(|| format!("`{source}` is what lies here under this name, not the set in {}; for that one give its path", folder.display()))
}
