package chat.samara.server.node.run;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.server.node.store.RocksDbStore;
import chat.samara.server.node.store.StoreTuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeMetricsTest {
    private static final Path DOCUMENTED = Path.of("../../docs/operating/README.md");

    @TempDir
    private Path folder = Path.of("");

    @Test
    void showsWhatTheStoreWritesUnderTheNamesThatOperatorsAreTold() throws Exception {
        NodeMetrics metrics = new NodeMetrics();
        try (RocksDbStore store =
                RocksDbStore.open(folder.resolve("store"), Path.of("target", "test-native"), StoreTuning.defaults())) {
            metrics.watch(store);
            WriteBatch batch = new WriteBatch();
            batch.put(Table.META, Bytes.ofUtf8("k"), Bytes.ofUtf8("v".repeat(5000)));
            store.write(batch);
            String scraped = metrics.scrape();
            List<String> names = documented("samara_store_[a-z_]+");
            assertThat(names).hasSizeGreaterThanOrEqualTo(12);
            assertThat(names).allSatisfy(name -> assertThat(scraped).contains("\n" + name + " "));
            assertThat(figure(scraped, "samara_store_log_written_bytes_total")).isGreaterThan(5000);
            assertThat(figure(scraped, "samara_store_writes_stopped")).isZero();
        }
    }

    private static List<String> documented(String pattern) throws IOException {
        return Pattern.compile("`(" + pattern + ")`")
                .matcher(Files.readString(DOCUMENTED))
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private static double figure(String scraped, String name) {
        return Pattern.compile("^" + name + " (\\S+)$", Pattern.MULTILINE)
                .matcher(scraped)
                .results()
                .map(MatchResult::group)
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow();
    }
}
