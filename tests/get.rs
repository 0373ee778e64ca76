//! `ganvas data get`, against a server of our own: whole, cut, wrong, missing and slow answers, proxies, and what `--data` makes of it.

use crate::{
    data::{archive, folder, idx, load, refuses, request},
    program::{Desk, says, shown},
};
use ganvas::{
    data::{self, PUBLISHED, Request, located},
    download::{DownloadError, PART, Told, Wanted, download},
};
use sha2::{Digest as _, Sha256};
use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;

/// How a request is answered.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Answer {
    /// With what was asked for.
    Right,
    /// With all of it, whatever part was asked for.
    All,
    /// As `Right`, but the connection ends after so many bytes.
    Cut(usize),
    /// As `Right`, but nothing comes after so many bytes.
    Stall(usize),
    /// With this status and a page.
    Status(u16),
    /// With a page in place of the file.
    Page,
    /// With other bytes, as many.
    Other,
    /// With more bytes than the file has, without saying how many.
    More,
}

/// A server that answers requests in turn, the last answer over and over, and keeps what it was asked.
struct Server {
    base: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(content: Vec<u8>, answers: &[Answer]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answers, kept) = (answers.to_vec(), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let head = head(&stream);
                let turn = kept.lock().unwrap().len();
                kept.lock().unwrap().push(head.clone());
                let answer = answers[turn.min(answers.len() - 1)];
                let content = content.clone();
                // A client that hangs up is what some of these are about.
                std::thread::spawn(move || drop(reply(stream, &head, &content, answer)));
            }
        });
        Server { base, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// The parts that were asked for, in order.
    fn ranges(&self) -> Vec<Option<usize>> {
        let range = |head: &String| {
            head.lines().find_map(|line| line.to_lowercase().strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok())
        };
        self.asked().iter().map(range).collect()
    }
}

fn head(mut stream: &TcpStream) -> String {
    let (mut text, mut byte) = (Vec::new(), [0]);
    while !text.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count > 0) {
        text.push(byte[0]);
    }
    String::from_utf8(text).unwrap()
}

fn reply(mut stream: TcpStream, head: &str, content: &[u8], answer: Answer) -> std::io::Result<()> {
    let from = head.lines().find_map(|line| line.to_lowercase().strip_prefix("range: bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    let page = b"<html>Log in first</html>".to_vec();
    let (status, body) = match (answer, from) {
        (Answer::Status(status), _) => (status, page),
        (Answer::Page, _) => (200, page),
        (Answer::Other, _) => (200, vec![7; content.len()]),
        (Answer::More, _) => (200, [content, content].concat()),
        (Answer::All, _) | (_, None) => (200, content.to_vec()),
        (_, Some(from)) if from >= content.len() => (416, Vec::new()),
        (_, Some(from)) => (206, content[from..].to_vec()),
    };
    write!(stream, "HTTP/1.1 {status} X\r\nConnection: close\r\n")?;
    if status == 206 {
        write!(stream, "Content-Range: bytes {}-{}/{}\r\n", from.unwrap(), content.len() - 1, content.len())?;
    }
    if answer != Answer::More {
        write!(stream, "Content-Length: {}\r\n", body.len())?;
    }
    write!(stream, "\r\n")?;
    match answer {
        Answer::Cut(after) => stream.write_all(&body[..after.min(body.len())]),
        Answer::Stall(after) => {
            stream.write_all(&body[..after.min(body.len())])?;
            std::thread::sleep(Duration::from_secs(20));
            Ok(())
        }
        _ => stream.write_all(&body),
    }
}

const PATIENCE: Duration = Duration::from_millis(400);

fn content() -> Vec<u8> {
    (0..300_000u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()).collect()
}

fn sha256(bytes: &[u8]) -> &'static str {
    let text: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    text.leak()
}

/// Downloads the content to `folder/file` from servers with these answers.
fn get(folder: &Path, servers: &[&Server]) -> (Result<(), DownloadError>, Vec<Told>) {
    let urls = servers.iter().map(|server| format!("{}/file", server.base)).collect();
    let wanted = Wanted { urls, bytes: content().len() as u64, sha256: sha256(&content()) };
    let mut told = Vec::new();
    let result = download(&wanted, &folder.join("file"), PATIENCE, &mut |what| told.push(what));
    (result, told)
}

fn is_whole(folder: &Path) -> bool {
    let names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names == ["file"] && fs::read(folder.join("file")).unwrap() == content()
}

#[track_caller]
fn fails(folder: &Path, servers: &[&Server], parts: &[&str]) {
    let text = get(folder, servers).0.unwrap_err().to_string();
    let by_hand = format!(
        "by hand: put the file of {} bytes with the SHA-256 {} at {}",
        content().len(),
        sha256(&content()),
        folder.join("file").display()
    );
    for part in parts.iter().copied().chain([by_hand.as_str()]) {
        assert!(text.contains(part), "no {part:?} in {text:?}");
    }
    assert!(!folder.join("file").exists(), "nothing half-written has the file's name");
}

#[test]
fn a_download_is_whole_or_goes_on() {
    let place = TempDir::new().unwrap();
    let server = Server::new(content(), &[Answer::Right]);
    let (result, told) = get(place.path(), &[&server]);
    result.unwrap();
    assert!(is_whole(place.path()));
    assert_eq!(told.last(), Some(&Told::Bytes(content().len() as u64)));
    // It is there, so nobody is asked.
    get(place.path(), &[&server]).0.unwrap();
    assert_eq!(server.asked().len(), 1);
    let user = server.asked()[0].to_lowercase();
    assert!(user.contains(&format!("user-agent: ganvas/{}", env!("CARGO_PKG_VERSION"))), "{user}");

    // Cut twice, and it goes on each time where it was cut.
    let place = TempDir::new().unwrap();
    let server = Server::new(content(), &[Answer::Cut(100_000), Answer::Cut(200_000), Answer::Right]);
    let (result, told) = get(place.path(), &[&server]);
    result.unwrap();
    assert!(is_whole(place.path()));
    assert_eq!(server.ranges(), [None, Some(100_000), Some(300_000)]);
    assert_eq!(told.iter().filter(|told| matches!(told, Told::Trouble(_))).count(), 2);

    // What an earlier process left is gone on with.
    let place = TempDir::new().unwrap();
    fs::write(place.path().join(format!("file{PART}")), &content()[..250_000]).unwrap();
    let server = Server::new(content(), &[Answer::Right]);
    get(place.path(), &[&server]).0.unwrap();
    assert!(is_whole(place.path()) && server.ranges() == [Some(250_000)]);

    // A server that knows no parts sends all of it.
    let place = TempDir::new().unwrap();
    fs::write(place.path().join(format!("file{PART}")), &content()[..250_000]).unwrap();
    let server = Server::new(content(), &[Answer::All]);
    get(place.path(), &[&server]).0.unwrap();
    assert!(is_whole(place.path()));
}

#[test]
fn what_lay_there_is_not_trusted() {
    // The part of another file, a part that is too long, and one that is as long as the file: each is begun anew.
    let length = content().len();
    for part in [vec![1; 1000], vec![1; length + 5], vec![1; length]] {
        let place = TempDir::new().unwrap();
        fs::write(place.path().join(format!("file{PART}")), &part).unwrap();
        let server = Server::new(content(), &[Answer::Right]);
        get(place.path(), &[&server]).0.unwrap_or_else(|error| panic!("{} bytes: {error}", part.len()));
        assert!(is_whole(place.path()), "{} bytes", part.len());
    }
    // Something else in the file's place is a person's, and stays.
    let place = TempDir::new().unwrap();
    let server = Server::new(content(), &[Answer::Right]);
    for (bytes, part) in [(b"mine".to_vec(), "it has 4 bytes in place of 1200000"), (vec![0; length], "its SHA-256 is ")] {
        fs::write(place.path().join("file"), &bytes).unwrap();
        let text = get(place.path(), &[&server]).0.unwrap_err().to_string();
        assert!(text.contains(part) && text.contains("move it away"), "{text}");
        assert_eq!(fs::read(place.path().join("file")).unwrap(), bytes);
    }
    assert!(server.asked().is_empty());
}

#[test]
fn each_address_says_why_it_failed() {
    let place = TempDir::new().unwrap();
    let place = place.path();
    let server = |answer| Server::new(content(), &[answer]);
    let [missing, other, page, more] = [Answer::Status(404), Answer::Other, Answer::Page, Answer::More].map(server);
    let named = |server: &Server, why: &str| format!("\n  {}/file: {why}", server.base);
    fails(
        place,
        &[&missing, &other, &page, &more],
        &[
            "cannot download `file`:",
            &named(&missing, "HTTP status 404 (it is not there)"),
            &named(&other, "it sends another file, whose SHA-256 is "),
            &named(&page, "it sends 25 bytes in place of 1200000: another file, or a web page"),
            &named(&more, "it sends more than the 1200000 bytes of the file"),
        ],
    );
    assert_eq!(fs::read_dir(place).unwrap().count(), 0, "nothing is left of it");
    // What cannot get better is not tried again.
    assert_eq!([&missing, &other, &page, &more].map(|server| server.asked().len()), [1; 4]);

    // What may is, three times, with the next address after that.
    let [busy, slow, right] = [Answer::Status(503), Answer::Stall(0), Answer::Right].map(server);
    let (result, told) = get(place, &[&busy, &slow, &right]);
    result.unwrap();
    assert!(is_whole(place));
    assert_eq!([&busy, &slow, &right].map(|server| server.asked().len()), [3, 3, 1]);
    let told = format!("{told:?}");
    assert!(told.contains("HTTP status 503 (the server is in trouble); trying again in"), "{told}");
    assert!(told.contains("nothing came for 0.4 s"), "{told}");

    // One that stalls each time brings the file all the same, piece by piece.
    let place = TempDir::new().unwrap();
    let stalling = Server::new(content(), &[Answer::Stall(400_000)]);
    get(place.path(), &[&stalling]).0.unwrap();
    assert!(is_whole(place.path()));
    assert_eq!(stalling.ranges(), [None, Some(400_000), Some(800_000)]);

    // Nobody listens there.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = Server { base: format!("http://{closed}"), asked: Arc::default() };
    let place = TempDir::new().unwrap();
    fails(place.path(), &[&nobody], &[&format!("http://{closed}/file: "), "efused"]);
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let server = Server::new(content(), &[Answer::Right]);
    let place = TempDir::new().unwrap();
    let text = get(&place.path().join("nowhere"), &[&server]).0.unwrap_err().to_string();
    assert!(text.contains("cannot write") && text.contains("nowhere"), "{text}");
    // Two at once: one waits for the other.
    let part = fs::File::create(place.path().join(format!("file{PART}"))).unwrap();
    part.lock().unwrap();
    let text = get(place.path(), &[&server]).0.unwrap_err().to_string();
    assert!(text.contains("another ganvas is downloading"), "{text}");
    assert!(server.asked().is_empty());
}

// The program

#[test]
fn sets_are_listed_and_names_are_checked() {
    let desk = Desk::new();
    let list = desk.ganvas(&["data", "get"]);
    for set in &PUBLISHED {
        says(&list.out, &[set.name, set.licence, set.help]);
    }
    says(&list.out, &["no ", desk.path("datasets").to_str().unwrap(), "GANVAS_DATA"]);
    for (args, parts) in [
        (&["mnits"][..], &["no data set is called 'mnits'; did you mean 'mnist'?", "cifar-100"][..]),
        (&["mnist", "--mirror", "ftp://x"], &["--mirror ftp://x", "https://"]),
        (&["mnist", "--patience", "0"], &["--patience 0", "such as 30"]),
    ] {
        let end = desk.run(&[&["data", "get"], args].concat());
        assert_eq!(end.code, Some(1));
        says(&end.err, parts);
    }
    let missing = desk.run(&["--no-window", "--data", "mnist"]);
    says(&missing.err, &["`mnist` is not here: get it with `ganvas data get mnist`", desk.path("datasets/mnist").to_str().unwrap()]);
    let nothing = desk.run(&["data", "check", "nothing"]);
    says(&nothing.err, &["there is no file or folder `nothing`", "a set from `ganvas data get` (mnist, fashion-mnist"]);
}

#[test]
fn the_program_says_what_failed_and_what_to_do() {
    let desk = Desk::new();
    let server = Server::new(content(), &[Answer::Status(404)]);
    let end = desk.run(&["data", "get", "mnist", "--mirror", &format!("{}/sets/", server.base)]);
    assert_eq!(end.code, Some(1));
    let first = format!("{}/sets/train-images-idx3-ubyte.gz: HTTP status 404", server.base);
    says(&end.err, &["error: cannot download `train-images-idx3-ubyte.gz`:", &first, "by hand: put the file of 9912422 bytes"]);
    says(&end.err, &[desk.path("datasets/mnist/train-images-idx3-ubyte.gz").to_str().unwrap(), PUBLISHED[0].files[0].sha256]);
    says(&server.asked()[0], &["GET /sets/train-images-idx3-ubyte.gz HTTP/1.1"]);

    let file = desk.path("no folder");
    fs::write(&file, "").unwrap();
    let end = shown(desk.command(&["data", "get", "mnist"]).env("GANVAS_DATA", &file).output().unwrap());
    says(&end.err, &["cannot make the folder", "no folder", "GANVAS_DATA"]);
}

#[test]
fn proxies_of_the_environment_are_used() {
    let desk = Desk::new();
    let proxy = Server::new(content(), &[Answer::Status(403)]);
    let address = proxy.base.replace("http://", "http://ada:secret@");
    let args = ["data", "get", "mnist", "--mirror", "http://sets.example", "--patience", "0.5"];
    let end = shown(desk.command(&args).env("HTTP_PROXY", &address).output().unwrap());
    let host = proxy.base.strip_prefix("http://").unwrap();
    assert_eq!(end.code, Some(1));
    says(&end.err, &["http://sets.example/train-images-idx3-ubyte.gz: ", &format!("(through the proxy {host} of HTTP_PROXY)")]);
    assert!(!end.err.contains("secret"), "{end:?}");
    says(&proxy.asked()[0], &["sets.example"]);
    let before = proxy.asked().len();
    // Excepted hosts are asked themselves.
    let server = Server::new(content(), &[Answer::Status(404)]);
    let args = ["data", "get", "mnist", "--mirror", &server.base];
    let end = shown(desk.command(&args).env("HTTP_PROXY", &address).env("NO_PROXY", "localhost, 127.0.0.1").output().unwrap());
    says(&end.err, &["HTTP status 404"]);
    assert_eq!((proxy.asked().len(), server.asked().len()), (before, 1));
}

/// Gzip of `bytes` that is as long as it is to be, by empty members with long comments behind it.
fn padded(bytes: &[u8], length: u64) -> Vec<u8> {
    let pack = |bytes: &[u8], comment: usize| {
        let mut encoder = flate2::GzBuilder::new().comment(vec![b'x'; comment]).write(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let mut packed = pack(bytes, 1);
    let least = pack(b"", 0).len();
    while (packed.len() as u64) < length {
        let rest = length as usize - packed.len();
        let member = if rest > 50_000 { 40_000 } else { rest };
        packed.extend(pack(b"", member.checked_sub(least).expect("room for a member")));
    }
    packed
}

/// Files of a published set's names and sizes, with little in them.
fn put_here(desk: &Desk, name: &str) {
    let set = PUBLISHED.iter().find(|set| set.name == name).unwrap();
    for file in set.files {
        let count: u32 = if file.name.starts_with("train") { 64 } else { 16 };
        let values = |pixels: u32| (0..count * pixels).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect::<Vec<_>>();
        let bytes = match file.name.contains("images") {
            true => idx(&[count, 4, 4], &values(16)),
            false => idx(&[count], &values(1).iter().map(|v| v % 10).collect::<Vec<_>>()),
        };
        desk.write(&format!("datasets/{name}/{}", file.name), padded(&bytes, file.bytes));
    }
}

#[test]
fn data_that_are_here_go_by_their_name() {
    let desk = Desk::new();
    put_here(&desk, "mnist");
    let place = desk.path("datasets/mnist");
    says(&desk.ganvas(&["data", "get"]).out, &["yes"]);
    let check = desk.ganvas(&["data", "check", "mnist"]);
    says(&check.out, &["datasets/mnist", "would load: 64 x 1 x 4 x 4"]);
    let run = desk.train(&["--data", "mnist", "--steps", "2", "--valid", "8"]);
    says(&run.err, &["mnist: 80 images, 4x4 grey, 10 classes", &format!("from {}", place.display())]);
    // The run knows the path, so it goes on even where GANVAS_DATA is another.
    says(&desk.text("runs/0001-mnist-mlp/config.toml"), &[&format!("data = \"{}\"", place.display())]);
    let mut command = desk.command(&["resume", "runs/0001-mnist-mlp", "--steps", "3"]);
    assert_eq!(shown(command.env("GANVAS_DATA", "elsewhere").output().unwrap()).code, Some(0));
    // What lies at hand goes before, and the clash is said.
    desk.write("mnist/train-images-idx3-ubyte", idx(&[20, 4, 4], &content()[..320]));
    let check = desk.ganvas(&["data", "check", "mnist"]);
    says(&check.out, &["would load: 20 x 1 x 4 x 4", "`mnist` is what lies here under this name, not the set in", place.to_str().unwrap()]);
    fs::remove_dir_all(desk.path("mnist")).unwrap();
    // In part it is not taken for whole.
    fs::remove_file(place.join("train-labels-idx1-ubyte.gz")).unwrap();
    desk.write("datasets/mnist/train-labels-idx1-ubyte.gz.part", "half");
    let end = desk.run(&["--no-window", "--data", "mnist"]);
    says(&end.err, &["`mnist` is not whole: train-labels-idx1-ubyte.gz is missing in", "ganvas data get mnist"]);
    says(&desk.ganvas(&["data", "get"]).out, &["in part"]);
}

#[test]
fn a_path_may_lead_into_an_archive() {
    let values = |first: u8| (0..64).map(|i| first + 2 * i).collect::<Vec<u8>>();
    let files = TempDir::new().unwrap();
    let zip = files.path().join("gzip.zip");
    let mut members = Vec::new();
    for (part, first) in [("digits", 0), ("letters", 100)] {
        members.push((format!("gzip/emnist-{part}-train-images-idx3-ubyte"), idx(&[4, 4, 4], &values(first))));
        members.push((format!("gzip/emnist-{part}-train-labels-idx1-ubyte"), idx(&[4], &[1, 2, 3, 1])));
        members.push((format!("gzip/emnist-{part}-test-images-idx3-ubyte"), idx(&[4, 4, 4], &values(first + 1))));
        members.push((format!("gzip/emnist-{part}-test-labels-idx1-ubyte"), idx(&[4], &[1, 2, 3, 1])));
    }
    let members: Vec<(&str, Vec<u8>)> = members.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    archive(&zip, &members);
    refuses(&request(&zip), &["several idx image files", "emnist-letters-train"]);
    let letters = zip.join("gzip/emnist-letters-");
    let set = load(&letters);
    assert_eq!((set.name.as_str(), set.count, set.bytes()[1], set.classes.len()), ("emnist-letters", 4, 108, 3), "set upright");
    assert_eq!(data::load(&Request { test_too: true, ..request(&letters) }).unwrap().count, 8);
    refuses(&request(zip.join("gzip/kmnist")), &["gzip.zip", "holds nothing whose name begins with `gzip/kmnist`"]);
    refuses(&request(files.path().join("none/x.png")), &["there is no file or folder"]);
    // A folder that holds its data in an archive, as a download leaves it; of several, one is asked for.
    let set = data::load(&Request { source: files.path().to_string_lossy().into_owned(), ..request(&zip) });
    assert!(set.unwrap_err().to_string().contains("several idx image files"));
    fs::copy(&zip, files.path().join("other.zip")).unwrap();
    refuses(&request(files.path()), &["holds several archives", "gzip.zip", "other.zip", "give the path"]);
    let one = folder(&[("readme.txt", b"text".to_vec())]);
    archive(&one.path().join("a.zip"), &members[..2]);
    assert_eq!(load(&one).count, 4);
}

#[test]
fn the_table_of_published_sets_is_sound() {
    for set in &PUBLISHED {
        for file in set.files {
            assert!(file.sha256.len() == 64 && file.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()), "{} {}", set.name, file.name);
            let urls = set.wanted(file, None).urls;
            assert!(!urls.is_empty() && urls[0].starts_with("https://") && urls.iter().all(|url| url.ends_with(file.name)), "{urls:?}");
        }
    }
    assert_eq!(located("builtin").unwrap(), "builtin");
    // A copy of MNIST's test set is what the table says, where there is one.
    let Some(copy) = std::env::var_os("GANVAS_MNIST") else {
        return crate::support::skipped("hashes of MNIST's test files", "GANVAS_MNIST names no folder with them");
    };
    for file in PUBLISHED[0].files.iter().filter(|file| file.name.starts_with("t10k")) {
        let bytes = fs::read(Path::new(&copy).join(file.name)).unwrap();
        assert_eq!((bytes.len() as u64, sha256(&bytes)), (file.bytes, file.sha256), "{}", file.name);
    }
}
