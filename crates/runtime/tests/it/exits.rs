//! The end of the process, each seen from a parent that runs this program once more.

use std::env;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use creel_runtime::{ThreadPool, global};

use crate::gate::occupy;

/// Names the scene that a child plays.
const SCENE: &str = "CREEL_EXIT_SCENE";

/// Plays a scene in a process of its own, which ends where the scene does.
fn play(scene: &str) -> ExitStatus {
    let program = env::current_exe().unwrap();
    Command::new(program)
        .args(["--exact", "exits::a_child_plays_its_scene"])
        .env(SCENE, scene)
        .stdout(Stdio::null())
        .status()
        .unwrap()
}

/// A pool whose only worker is in a task that never ends.
fn stuck(pool: &ThreadPool) {
    std::mem::forget(occupy(pool));
}

#[test]
fn a_child_plays_its_scene() {
    let Ok(scene) = env::var(SCENE) else {
        // Not a child: the other tests make some.
        return;
    };
    match scene.as_str() {
        "detached" => {
            let pool = ThreadPool::new().unwrap();
            stuck(&pool);
            pool.detach();
        }
        "global" => stuck(global().unwrap()),
        "forgotten" => {
            let pool = ThreadPool::new().unwrap();
            stuck(&pool);
            std::mem::forget(pool);
        }
        "task" => {
            let pool = ThreadPool::new().unwrap();
            let exits = pool.submit(|| std::process::exit(7)).unwrap();
            exits.wait().unwrap();
        }
        "thread-local" => {
            thread_local! {
                static POOL: ThreadPool = ThreadPool::new().unwrap();
            }
            let answer = thread::spawn(|| POOL.with(|pool| pool.submit(|| 7).unwrap()));
            let code = answer.join().unwrap().result().unwrap();
            std::process::exit(code);
        }
        other => panic!("there is no scene {other}"),
    }
}

#[test]
fn a_detached_pool_does_not_hold_up_the_exit() {
    assert!(play("detached").success());
}

#[test]
fn the_global_pool_does_not_hold_up_the_exit() {
    assert!(play("global").success());
}

#[test]
fn a_pool_that_is_never_dropped_does_not_hold_up_the_exit() {
    assert!(play("forgotten").success());
}

#[test]
fn a_task_may_end_the_process() {
    assert_eq!(play("task").code(), Some(7));
}

#[test]
fn a_pool_in_a_thread_local_is_shut_down_with_its_thread() {
    assert_eq!(play("thread-local").code(), Some(7));
}
