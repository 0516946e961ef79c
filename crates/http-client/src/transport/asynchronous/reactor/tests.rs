use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;
use std::task::Wake;

use creel_testkit::contract;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::super::io_thread::IoThread;
use super::*;

/// A reactor at which only the test's threads keep watch.
fn alone() -> Arc<Reactor> {
    Arc::new(Reactor::new().unwrap())
}

/// A waker that tells on which thread it is woken.
struct Told(mpsc::Sender<thread::ThreadId>);

impl Wake for Told {
    fn wake(self: Arc<Self>) {
        self.0.send(thread::current().id()).unwrap();
    }
}

fn told() -> (Waker, mpsc::Receiver<thread::ThreadId>) {
    let (tell, told) = mpsc::channel();
    (Waker::from(Arc::new(Told(tell))), told)
}

#[test]
fn it_keeps_the_contract_of_a_lookout() {
    let reactor = alone();
    contract::lookout(&*reactor, |waker| {
        let _alarm = reactor.timers.set(Instant::now(), waker);
        reactor.rouse();
    });
}

#[test]
fn the_wires_thread_stands_in_where_nobody_keeps_watch() {
    let io = IoThread::start().unwrap();
    for _ in 0..3 {
        let (waker, told) = told();
        let _alarm = io.reactor().timers.set(Instant::now(), waker);
        io.reactor().rouse();
        assert_ne!(told.recv().unwrap(), thread::current().id());
    }
}

/// A waker that panics.
struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("a waker panics, as the test has it");
    }
}

#[test]
fn whoever_stands_in_survives_wakers_that_panic_and_wakes_the_others() {
    let io = IoThread::start().unwrap();
    for _ in 0..3 {
        let (waker, told) = told();
        let now = Instant::now();
        let timers = &io.reactor().timers;
        let _alarms = [
            timers.set(now, Waker::from(Arc::new(Panics))),
            timers.set(now, waker),
            timers.set(now, Waker::from(Arc::new(Panics))),
        ];
        io.reactor().rouse();
        told.recv().unwrap();
    }
}

/// A watcher that goes when it has found something.
struct Once {
    has_found: bool,
}

impl Watcher for Once {
    fn stays(&self) -> bool {
        !self.has_found
    }

    fn found(&mut self) {
        self.has_found = true;
    }
}

#[test]
fn the_wires_thread_makes_room_for_who_wants_to_watch_and_comes_back_when_nobody_does() {
    let io = IoThread::start().unwrap();
    for _ in 0..3 {
        let (waker, told) = told();
        let waits = waker.clone();
        // Whoever finds the place taken wants it; the next event lets the other one go.
        let mut here = Once { has_found: false };
        while io.reactor().watch(Some(Instant::now()), &mut here) == Watch::Taken {
            io.reactor().rouse();
        }
        let _alarm = io.reactor().timers.set(Instant::now(), waker);
        while !here.has_found {
            if io.reactor().watch(None, &mut here) == Watch::Taken {
                break;
            }
        }
        let by = told.recv().unwrap();
        assert_eq!(here.has_found, by == thread::current().id());
        // Nobody is here any more.
        let _alarm = io.reactor().timers.set(Instant::now(), waits);
        io.reactor().rouse();
        assert_ne!(told.recv().unwrap(), thread::current().id());
    }
}

#[test]
fn bytes_and_the_end_behind_them_arrive_in_whatever_pieces_they_are_asked_for() {
    let io = IoThread::start().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    for room in [1, 7, 4096] {
        thread::scope(|scope| {
            scope.spawn(|| {
                let (mut server, _) = listener.accept().unwrap();
                let mut asked = [0; 4];
                server.read_exact(&mut asked).unwrap();
                // The end is there as soon as the bytes are.
                server.write_all(&[b'x'; 100]).unwrap();
            });
            let read = pollster::block_on(async {
                let mut stream = Stream::connect(&[address], io.reactor()).await.unwrap();
                stream.write_all(b"ping").await.unwrap();
                let mut all = Vec::new();
                let mut piece = vec![0; room];
                loop {
                    match stream.read(&mut piece).await.unwrap() {
                        0 => break all,
                        count => all.extend_from_slice(&piece[..count]),
                    }
                }
            });
            assert_eq!(read, [b'x'; 100]);
        });
    }
}

#[test]
fn more_than_the_system_takes_at_once_is_written_as_it_takes_it() {
    const LENGTH: usize = 8 << 20;
    let io = IoThread::start().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::scope(|scope| {
        let server = scope.spawn(|| {
            let (mut server, _) = listener.accept().unwrap();
            let mut all = Vec::new();
            server.read_to_end(&mut all).unwrap();
            all.len()
        });
        pollster::block_on(async {
            let mut stream = Stream::connect(&[address], io.reactor()).await.unwrap();
            stream.write_all(&vec![7; LENGTH]).await.unwrap();
            stream.shutdown().await.unwrap();
        });
        assert_eq!(server.join().unwrap(), LENGTH);
    });
}

#[test]
fn a_connection_that_is_refused_says_so_and_the_next_address_is_tried() {
    let io = IoThread::start().unwrap();
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = gone.local_addr().unwrap();
    drop(gone);
    let error = pollster::block_on(Stream::connect(&[refused], io.reactor())).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let there = listener.local_addr().unwrap();
    pollster::block_on(Stream::connect(&[refused, there], io.reactor())).unwrap();
}

#[test]
fn an_alarm_that_comes_before_those_that_are_waited_for_goes_off_in_time() {
    let io = IoThread::start().unwrap();
    let far = Instant::now() + std::time::Duration::from_secs(3600);
    let late = Sleep::new(io.reactor(), far);
    let mut late = std::pin::pin!(late);
    let waker = Waker::noop();
    let mut task = std::task::Context::from_waker(waker);
    assert!(late.as_mut().poll(&mut task).is_pending());
    let soon = Instant::now() + std::time::Duration::from_millis(5);
    pollster::block_on(Sleep::new(io.reactor(), soon));
    assert!(Instant::now() >= soon);
}
