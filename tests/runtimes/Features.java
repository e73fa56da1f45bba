import java.nio.file.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import java.util.stream.*;

/** What leans on the system: threads, monitors, garbage collection, implicit null checks (SIGSEGV), stack overflow, mapped files. */
public class Features {
  static volatile Object sink;

  static int deep(int n) {
    return deep(n + 1) + 1;
  }

  public static void main(String[] args) throws Exception {
    AtomicLong total = new AtomicLong();
    Thread[] threads = new Thread[4];
    for (int k = 0; k < 4; k++) {
      final int number = k;
      threads[k] = new Thread(() -> {
        Map<Integer, byte[]> map = new HashMap<>();
        for (int i = 0; i < 30_000; i++) map.put(i % 500, new byte[(i * 7 + number) % 4096]);
        sink = map;
        for (byte[] bytes : map.values()) total.addAndGet(bytes.length);
      });
      threads[k].start();
    }
    for (Thread thread : threads) thread.join();
    System.out.println(total.get());
    ExecutorService pool = Executors.newFixedThreadPool(3);
    List<Future<Long>> futures = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      final int n = i;
      futures.add(pool.submit(() -> LongStream.range(0, 100_000).map(x -> x * n % 7).sum()));
    }
    for (Future<Long> future : futures) System.out.print(future.get() + " ");
    pool.shutdown();
    System.out.println(LongStream.range(0, 300_000).parallel().map(x -> x * x % 7).sum());
    int caught = 0;
    for (int i = 0; i < 20_000; i++) {
      String text = i % 2 == 0 ? null : "x";
      try { caught += text.length() - 1; } catch (NullPointerException e) { caught++; }
    }
    System.out.println(caught);
    try { deep(0); } catch (StackOverflowError e) { System.out.println("too deep"); }
    try { List<long[]> all = new ArrayList<>(); while (true) all.add(new long[1 << 20]); } catch (OutOfMemoryError e) { System.out.println("no memory"); }
    Path file = Path.of("made.txt");
    Files.write(file, IntStream.range(0, 1000).mapToObj(Integer::toString).collect(Collectors.toList()));
    try (var channel = java.nio.channels.FileChannel.open(file)) {
      var map = channel.map(java.nio.channels.FileChannel.MapMode.READ_ONLY, 0, channel.size());
      System.out.println((char) map.get(0) + " " + channel.size());
    }
    try { Files.readString(Path.of("none")); } catch (NoSuchFileException e) { System.out.println("none: " + e.getMessage()); }
    System.out.println(HexFormat.of().formatHex(java.security.MessageDigest.getInstance("SHA-256").digest("hermit".getBytes())));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("bye")));
    System.exit(6);
  }
}
