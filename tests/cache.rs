//! The cache of decoded images: what it gives is what the files give, and whatever is wrong with it costs no more than its time.

use crate::data::{archive, png, request, save};
use crate::habits::noise;
use ganvas::data::{self, Cache, Cached, Loaded, Request};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};
use tempfile::TempDir;

/// As files are that nobody is writing at this moment.
fn settle(path: &Path) {
    File::options().write(true).open(path).unwrap().set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
}

fn pictures(count: u32) -> TempDir {
    let files = TempDir::new().unwrap();
    for i in 0..count {
        let name = format!("{}/{i}.png", if i % 2 == 0 { "even" } else { "odd" });
        save(files.path(), &name, &noise(i));
        settle(&files.path().join(&name));
    }
    fs::write(files.path().join("stray.heic"), b"\0\0\0\x18ftypheic\0\0\0\0").unwrap();
    files
}

fn cache() -> (TempDir, Cache) {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("decoded");
    (place, Cache { folder, after: Duration::ZERO, most: 1 << 30 })
}

fn load(source: impl AsRef<Path>, cache: &Cache, change: impl FnOnce(&mut Request)) -> Loaded {
    let mut request = Request { cache: Some(cache.clone()), ..request(source) };
    change(&mut request);
    data::load_telling(&request, &|_, _| {}).unwrap()
}

#[track_caller]
fn kept(loaded: &Loaded) -> PathBuf {
    match &loaded.cached {
        Cached::Kept(path) => path.clone(),
        other => panic!("{other:?} {:?}", loaded.notes),
    }
}

#[test]
fn the_second_reading_comes_from_the_cache() {
    let (files, (_place, cache)) = (pictures(6), cache());
    let first = load(&files, &cache, |_| {});
    let file = kept(&first);
    assert_eq!(fs::read_dir(&cache.folder).unwrap().count(), 1);
    let second = load(&files, &cache, |_| {});
    assert_eq!(second.cached, Cached::Taken(file));
    assert_eq!((&second.set, &second.notes, second.size), (&first.set, &first.notes, first.size));
    assert_eq!(second.set.identity(), first.set.identity());
    assert_eq!(first.set.classes, ["even", "odd"]);
    assert!(first.notes.iter().any(|note| note.contains("HEIC")), "{:?}", first.notes);
    // Another way of reading is another entry.
    let changes: [fn(&mut Request); 4] = [|r| r.size = Some(8), |r| r.channels = Some(1), |r| r.rescale = true, |r| r.fit = true];
    for change in changes {
        kept(&load(&files, &cache, change));
    }
    assert_eq!(load(&files, &cache, |r| r.size = Some(8)).set.width, 8);
    // Without a cache nothing is asked of it.
    assert_eq!(load(&files, &cache, |r| r.cache = None).cached, Cached::No);
    // What is read quickly is not worth keeping.
    let slow = Cache { after: Duration::from_secs(1000), folder: cache.folder.join("other"), ..cache };
    assert_eq!(load(&files, &slow, |_| {}).cached, Cached::No);
    assert!(!slow.folder.exists());
}

#[test]
fn changed_files_are_read_anew() {
    let (files, (_place, cache)) = (pictures(4), cache());
    let first = load(&files, &cache, |_| {});
    kept(&first);
    // Other content of the same size and time: the system knows better.
    let path = files.path().join("even/0.png");
    let length = fs::metadata(&path).unwrap().len();
    let mut other = png(&noise(77));
    assert!(other.len() as u64 <= length + 64, "noise of one size");
    other.resize(length.max(other.len() as u64) as usize, 0);
    fs::write(&path, &other).unwrap();
    settle(&path);
    if cfg!(unix) {
        let changed = load(&files, &cache, |_| {});
        kept(&changed);
        assert_ne!(changed.set.image(0), first.set.image(0));
    }
    // One more, one less.
    save(files.path(), "even/9.png", &noise(9));
    assert_eq!(load(&files, &cache, |_| {}).cached, Cached::No, "a file that was just written may still be changing");
    settle(&files.path().join("even/9.png"));
    assert_eq!((load(&files, &cache, |_| {}).set.count, load(&files, &cache, |_| {}).set.count), (5, 5));
    fs::remove_file(files.path().join("odd/3.png")).unwrap();
    let fewer = load(&files, &cache, |_| {});
    kept(&fewer);
    assert_eq!(fewer.set.count, 4);
    // An archive is told by itself.
    let zip = files.path().join("all.zip");
    archive(&zip, &[("a.png", png(&noise(1))), ("b.png", png(&noise(2)))]);
    settle(&zip);
    kept(&load(&zip, &cache, |_| {}));
    assert!(matches!(load(&zip, &cache, |_| {}).cached, Cached::Taken(_)));
    archive(&zip, &[("a.png", png(&noise(1))), ("b.png", png(&noise(3)))]);
    settle(&zip);
    assert_ne!(load(&zip, &cache, |_| {}).set.image(1), noise(2).as_bytes());
}

#[test]
fn a_damaged_cache_is_not_believed() {
    let (files, (_place, cache)) = (pictures(4), cache());
    let first = load(&files, &cache, |_| {});
    let path = kept(&first);
    let whole = fs::read(&path).unwrap();
    let damage: [fn(&mut Vec<u8>); 7] = [
        |bytes| *bytes.last_mut().unwrap() ^= 1,
        |bytes| bytes[30] ^= 1,
        // The length of its head.
        |bytes| bytes[48..56].fill(0xff),
        |bytes| bytes[60] ^= 0x20,
        |bytes| bytes.truncate(1000),
        |bytes| bytes.push(0),
        |bytes| bytes.clear(),
    ];
    for (i, damage) in damage.iter().enumerate() {
        let mut bytes = whole.clone();
        damage(&mut bytes);
        fs::write(&path, bytes).unwrap();
        let again = load(&files, &cache, |_| {});
        assert_eq!(again.set, first.set, "{i}");
        assert_eq!(kept(&again), path, "{i}");
        assert!(again.notes.last().unwrap().contains("was damaged"), "{i}: {:?}", again.notes);
        assert_eq!(fs::read(&path).unwrap(), whole, "{i}: the same, and without the note on the damage");
    }
    // The file of another set under this one's name.
    let other = kept(&load(&files, &cache, |r| r.size = Some(8)));
    fs::copy(other, &path).unwrap();
    assert_eq!(load(&files, &cache, |_| {}).set, first.set);
}

#[test]
fn the_cache_is_bounded() {
    let (files, (_place, cache)) = (pictures(4), cache());
    // A set takes 49,152 bytes and a head.
    let cache = Cache { most: 120_000, ..cache };
    let reads: [fn(&mut Request); 4] = [|_| {}, |r| r.transpose = true, |r| r.test_too = true, |r| r.skip_unreadable = true];
    let paths: Vec<PathBuf> = reads
        .iter()
        .enumerate()
        .map(|(i, read)| {
            let path = kept(&load(&files, &cache, read));
            let file = File::options().write(true).open(&path).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(1000 - i as u64)).unwrap();
            // The first is used again each time, so the others go before it.
            if i > 0 {
                assert!(matches!(load(&files, &cache, reads[0]).cached, Cached::Taken(_)), "{i}");
            }
            path
        })
        .collect();
    assert_eq!(paths.iter().map(|path| path.exists()).collect::<Vec<_>>(), [true, false, false, true]);
    let small = Cache { most: 60_000, ..cache.clone() };
    assert_eq!(load(&files, &small, |r| r.rescale = true).cached, Cached::No, "more than half of what there is");
    // A folder that cannot be made costs a sentence.
    let blocked = Cache { folder: files.path().join("even/0.png"), ..cache };
    let loaded = load(&files, &blocked, |_| {});
    assert_eq!((loaded.cached, loaded.set.count), (Cached::No, 4));
    assert!(loaded.notes.last().unwrap().contains("not kept for the next time: cannot make the folder"), "{:?}", loaded.notes);
}
