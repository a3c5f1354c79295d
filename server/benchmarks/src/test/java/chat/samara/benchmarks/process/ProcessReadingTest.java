package chat.samara.benchmarks.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.benchmarks.BenchFailure;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What another process says of its memory")
class ProcessReadingTest {
    private static final String HEAP_INFO = """
            4711:
             def new generation   total 78656K, used 2798K [0x1, 0x2, 0x3)
              eden space 69952K,   4% used [0x1, 0x2, 0x3)
              from space 8704K,   0% used [0x1, 0x1, 0x2)
             tenured generation   total 174784K, used 1024K [0x1, 0x2, 0x3)
               the space 174784K,   0% used [0x1, 0x1, 0x1, 0x2)
             Metaspace       used 107K, committed 256K, reserved 1114112K
            """;

    private static final String METRICS = """
            # HELP jvm_memory_used_bytes The amount of used memory
            jvm_memory_used_bytes{area="heap",id="Eden Space"} 1000.0
            jvm_memory_used_bytes{area="heap",id="Tenured Gen"} 2.5E2
            jvm_memory_used_bytes{area="nonheap",id="Metaspace"} 7.0
            samara_connections 3.0
            samara_connections_strangers 1.0
            """;

    @Test
    @DisplayName("a heap's use is that of both generations, and of nothing else")
    void sumsTheGenerations() throws BenchFailure {
        assertThat(JavaHeap.usedBytes(HEAP_INFO)).isEqualTo((2798L + 1024L) << 10);
    }

    @Test
    @DisplayName("a heap of another collector is refused, not read wrongly")
    void refusesAnotherCollector() {
        assertThatThrownBy(() -> JavaHeap.usedBytes("garbage-first heap   total 260096K, used 2048K"))
                .isInstanceOf(BenchFailure.class)
                .hasMessageContaining("expected two generations");
    }

    @Test
    @DisplayName(
            "a metric is the sum of its lines, by label where one is given, and never another whose name begins alike")
    void sumsAMetric() throws BenchFailure {
        ServerMetrics metrics = new ServerMetrics(METRICS);

        assertThat(metrics.sum("jvm_memory_used_bytes{area=\"heap\"")).isEqualTo(1_250);
        assertThat(metrics.sum("jvm_memory_used_bytes")).isEqualTo(1_257);
        assertThat(metrics.sum("samara_connections")).isEqualTo(3);
        assertThatThrownBy(() -> metrics.sum("samara_none"))
                .isInstanceOf(BenchFailure.class)
                .hasMessageContaining("no samara_none");
    }
}
