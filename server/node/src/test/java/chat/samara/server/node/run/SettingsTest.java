package chat.samara.server.node.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.server.core.MemberQuota;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SettingsTest {
    /** As the version before the quotas wrote it. */
    private static final String BEFORE_QUOTAS =
            "{\"listen\":\"127.0.0.1:7443\",\"advertise\":[\"berlin.example:7443\"]}\n";

    @TempDir
    private Path folder = Path.of("");

    private Path file() {
        return folder.resolve("settings.json");
    }

    private static NodeOptions options(QuotaOptions quota) {
        return new NodeOptions(Path.of("data"), Optional.empty(), Optional.empty(), List.of(), 0, quota, false);
    }

    @Test
    @DisplayName("the file of a version before the quotas is read, and the defaults hold")
    void before() throws IOException, StartException {
        Files.writeString(file(), BEFORE_QUOTAS);
        Settings settings = Settings.merge(options(QuotaOptions.NONE), file());
        assertThat(settings.advertise()).hasSize(1);
        assertThat(settings.quota().quota()).isEqualTo(MemberQuota.standard());
        settings.remember(file());
        assertThat(file()).hasContent(BEFORE_QUOTAS);
    }

    @Test
    @DisplayName("what the operator has said of a quota holds at later starts, and what was not said stays the default")
    void remembered() throws StartException {
        QuotaOptions said = new QuotaOptions(OptionalInt.of(500), OptionalInt.empty(), OptionalInt.empty());
        Settings.merge(options(said), file()).remember(file());
        QuotaOptions more = new QuotaOptions(OptionalInt.empty(), OptionalInt.of(64), OptionalInt.of(9));
        Settings.merge(options(more), file()).remember(file());
        assertThat(Settings.merge(options(QuotaOptions.NONE), file()).quota().quota())
                .isEqualTo(new MemberQuota(500, 64, 9));
    }

    @Test
    @DisplayName("a quota in the file that cannot be is named, and the server does not start by another")
    void impossible() throws IOException {
        Files.writeString(file(), "{\"listen\":\"127.0.0.1:7443\",\"advertise\":[],\"member_records_per_day\":0}\n");
        assertThatThrownBy(() -> Settings.merge(options(QuotaOptions.NONE), file()))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("recordsPerDay is 0")
                .hasMessageContaining("settings.json");
    }
}
