package chat.samara.systemtests.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("./samara demo")
@Tag("processes")
class DemoTest {
    @Test
    @DisplayName("plays its story with real servers and members, and every check holds")
    @Timeout(value = 6, unit = TimeUnit.MINUTES)
    void holds() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();

        int exitCode = DemoMain.run(new PrintStream(printed, true, StandardCharsets.UTF_8), "--timeout", "300");

        String output = printed.toString(StandardCharsets.UTF_8);
        assertThat(exitCode).as(output).isZero();
        assertThat(output).contains("checks hold").doesNotContain("FAILED");
    }
}
