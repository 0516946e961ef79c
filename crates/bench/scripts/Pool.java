// Java's pools in the workloads of the benchmark: `java Pool.java PEER WORKLOAD SIZE` prints a sample as JSON.

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.RecursiveAction;
import java.util.concurrent.RecursiveTask;
import java.util.concurrent.atomic.LongAdder;

final class Pool {
    static final int WORKERS = 2;
    static final int SUBMITTERS = 4;
    static final long HANGS_AFTER_MS = 60_000;
    static final int HANGS = 75;
    /** How long the compiler has to find out what matters. */
    static final long WARM_UP_NS = 700_000_000;

    interface Round {
        void play() throws Exception;
    }

    record Effort(double seconds, double cpuSeconds, long voluntarySwitches) {}

    record Meter(long started, Duration cpu, long switches) {
        static Meter start() throws IOException {
            return new Meter(System.nanoTime(), cpuNow(), switchesNow());
        }

        Effort stop() throws IOException {
            double seconds = (System.nanoTime() - started) / 1e9;
            double cpuSeconds = cpuNow().minus(cpu).toNanos() / 1e9;
            return new Effort(seconds, cpuSeconds, Math.max(0, switchesNow() - switches));
        }

        static Duration cpuNow() {
            return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
        }

        static long switchesNow() throws IOException {
            long sum = 0;
            try (var threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
                for (Path thread : threads) {
                    sum += switchesOf(thread);
                }
            }
            return sum;
        }

        static long switchesOf(Path thread) throws IOException {
            try {
                for (String line : Files.readAllLines(thread.resolve("status"))) {
                    if (line.startsWith("voluntary_ctxt_switches:")) {
                        return Long.parseLong(line.split("\\s+")[1]);
                    }
                }
                return 0;
            } catch (NoSuchFileException ended) {
                return 0;
            }
        }
    }

    public static void main(String[] arguments) {
        try {
            play(arguments);
            Runtime.getRuntime().halt(0);
        } catch (Exception failed) {
            failed.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    static void play(String[] arguments) throws Exception {
        Thread hangs = new Thread(() -> {
            try {
                Thread.sleep(HANGS_AFTER_MS);
                Runtime.getRuntime().halt(HANGS);
            } catch (InterruptedException neverHappens) {
                Thread.currentThread().interrupt();
            }
        });
        hangs.setDaemon(true);
        hangs.start();
        ExecutorService pool = arguments[0].equals("ForkJoinPool")
            ? new ForkJoinPool(WORKERS)
            : Executors.newFixedThreadPool(WORKERS);
        int size = Integer.parseInt(arguments[2]);
        switch (arguments[1]) {
            case "W1" -> timed(size, 1e9 / size, () -> submitAll(pool, size));
            case "W2" -> spawnTree(pool, size);
            case "W2J" -> joinTree((ForkJoinPool) pool, size);
            case "W4F" -> fibonacci((ForkJoinPool) pool, size);
            case "W7" -> timed(size, 1e9 / size, () -> submitters(pool, size));
            case "W8M" -> memory(pool, size);
            default -> throw new IllegalArgumentException(arguments[1]);
        }
    }

    /** Plays until the compiler has had its time, then once more against the clock. */
    static void timed(long operations, double factor, Round round) throws Exception {
        for (long end = System.nanoTime() + WARM_UP_NS; System.nanoTime() < end; ) {
            round.play();
        }
        System.gc();
        Meter meter = Meter.start();
        round.play();
        Effort effort = meter.stop();
        print(effort.seconds * factor, operations, effort);
    }

    static void print(double value, long operations, Effort effort) {
        System.out.printf(
            Locale.ROOT,
            "{\"value\":%f,\"operations\":%d,\"effort\":{\"seconds\":%f,\"cpu_seconds\":%f,"
                + "\"voluntary_switches\":%d,\"allocations\":null}}%n",
            value, operations, effort.seconds, effort.cpuSeconds, effort.voluntarySwitches);
        System.out.flush();
    }

    static void submitAll(ExecutorService pool, long tasks) throws Exception {
        List<Future<Long>> futures = new ArrayList<>((int) tasks);
        for (long task = 0; task < tasks; task++) {
            long number = task;
            futures.add(pool.submit(() -> number));
        }
        long sum = 0;
        for (Future<Long> future : futures) {
            sum += future.get();
        }
        check(sum == tasks * (tasks - 1) / 2);
    }

    static void submitters(ExecutorService pool, long tasks) throws Exception {
        CyclicBarrier start = new CyclicBarrier(SUBMITTERS);
        List<Thread> threads = new ArrayList<>();
        LongAdder done = new LongAdder();
        for (int index = 0; index < SUBMITTERS; index++) {
            Thread thread = new Thread(() -> {
                try {
                    start.await();
                    submitAll(pool, tasks / SUBMITTERS);
                    done.increment();
                } catch (Exception failed) {
                    failed.printStackTrace();
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        check(done.sum() == SUBMITTERS);
    }

    static void spawnTree(ExecutorService pool, int depth) throws Exception {
        long leaves = 1L << depth;
        timed(2 * leaves - 1, 1e9 / (2 * leaves - 1), () -> {
            LongAdder counted = new LongAdder();
            pool.execute(pool instanceof ForkJoinPool
                ? new Growing(depth, counted)::fork
                : new Planted(pool, depth, counted));
            while (counted.sum() < leaves) {
                Thread.sleep(0, 50_000);
            }
            check(counted.sum() == leaves);
        });
    }

    static final class Growing extends RecursiveAction {
        final int depth;
        final LongAdder counted;

        Growing(int depth, LongAdder counted) {
            this.depth = depth;
            this.counted = counted;
        }

        @Override
        protected void compute() {
            if (depth == 0) {
                counted.increment();
                return;
            }
            new Growing(depth - 1, counted).fork();
            new Growing(depth - 1, counted).fork();
        }
    }

    record Planted(ExecutorService pool, int depth, LongAdder counted) implements Runnable {
        @Override
        public void run() {
            if (depth == 0) {
                counted.increment();
                return;
            }
            pool.execute(new Planted(pool, depth - 1, counted));
            pool.execute(new Planted(pool, depth - 1, counted));
        }
    }

    static void joinTree(ForkJoinPool pool, int depth) throws Exception {
        long leaves = 1L << depth;
        timed(2 * leaves - 1, 1e9 / (2 * leaves - 1), () -> check(pool.invoke(new Counting(depth)) == leaves));
    }

    static final class Counting extends RecursiveTask<Long> {
        final int depth;

        Counting(int depth) {
            this.depth = depth;
        }

        @Override
        protected Long compute() {
            if (depth == 0) {
                return 1L;
            }
            Counting right = new Counting(depth - 1);
            right.fork();
            return new Counting(depth - 1).compute() + right.join();
        }
    }

    static void fibonacci(ForkJoinPool pool, int number) throws Exception {
        long expected = 0;
        long next = 1;
        for (int step = 0; step < number; step++) {
            long sum = expected + next;
            expected = next;
            next = sum;
        }
        long result = expected;
        timed(expected + next - 1, 1e3, () -> check(pool.invoke(new Fibonacci(number)) == result));
    }

    static final class Fibonacci extends RecursiveTask<Integer> {
        final int number;

        Fibonacci(int number) {
            this.number = number;
        }

        @Override
        protected Integer compute() {
            if (number < 2) {
                return number;
            }
            Fibonacci right = new Fibonacci(number - 2);
            right.fork();
            return new Fibonacci(number - 1).compute() + right.join();
        }
    }

    static void memory(ExecutorService pool, int tasks) throws Exception {
        submitAll(pool, 1000);
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch arrivals = new CountDownLatch(WORKERS);
        for (int worker = 0; worker < WORKERS; worker++) {
            pool.submit(() -> {
                arrivals.countDown();
                gate.await();
                return 0L;
            });
        }
        arrivals.await();
        List<Future<Long>> futures = new ArrayList<>();
        Meter meter = Meter.start();
        long before = used();
        for (long task = 0; task < tasks; task++) {
            long number = task;
            futures.add(pool.submit(() -> number));
        }
        long after = used();
        Effort effort = meter.stop();
        gate.countDown();
        long sum = 0;
        for (Future<Long> future : futures) {
            sum += future.get();
        }
        check(sum == (long) tasks * (tasks - 1) / 2);
        print((double) (after - before) / tasks, tasks, effort);
    }

    static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    static void check(boolean holds) {
        if (!holds) {
            throw new IllegalStateException("the result is wrong");
        }
    }
}
