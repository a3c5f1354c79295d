package chat.samara.server.node.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.server.core.CoreConfig;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
        return new NodeOptions(
                Path.of("data"), Optional.empty(), Optional.empty(), List.of(), OptionalInt.empty(), quota, false);
    }

    @Test
    @DisplayName("the file of a version before the quotas is read, and the defaults hold")
    void before() throws IOException, StartException {
        Files.writeString(file(), BEFORE_QUOTAS);
        Settings settings = Settings.merge(options(QuotaOptions.NONE), file());
        assertThat(settings.advertise()).hasSize(1);
        assertThat(settings.quota().over(CoreConfig.standard())).isEqualTo(CoreConfig.standard());
        settings.remember(file());
        assertThat(file()).hasContent(BEFORE_QUOTAS);
    }

    @Test
    @DisplayName("what the operator has said of a quota holds at later starts, and what was not said stays the default")
    void remembered() throws StartException {
        QuotaOptions said =
                new QuotaOptions(OptionalInt.of(500), OptionalInt.empty(), OptionalInt.empty(), OptionalInt.of(700));
        Settings.merge(options(said), file()).remember(file());
        QuotaOptions more =
                new QuotaOptions(OptionalInt.empty(), OptionalInt.of(64), OptionalInt.of(9), OptionalInt.empty());
        Settings.merge(options(more), file()).remember(file());
        assertThat(Settings.merge(options(QuotaOptions.NONE), file()).quota().over(CoreConfig.standard()))
                .isEqualTo(CoreConfig.standard()
                        .withMemberQuota(new MemberQuota(500, 64, 9))
                        .withHubMebibytesPerDay(700));
    }

    @Test
    @DisplayName("the admin port holds at later starts, until any free one is asked for")
    void adminPort() throws IOException, StartException {
        Settings.merge(withAdminPort(OptionalInt.of(9090)), file()).remember(file());
        assertThat(Settings.merge(options(QuotaOptions.NONE), file()).adminPort())
                .isEqualTo(9090);
        Settings any = Settings.merge(withAdminPort(OptionalInt.of(0)), file());
        any.remember(file());
        assertThat(any.adminPort()).isZero();
        assertThat(Settings.merge(options(QuotaOptions.NONE), file()).adminPort())
                .isZero();
        assertThat(Files.readString(file())).doesNotContain("admin_port");
    }

    private static NodeOptions withAdminPort(OptionalInt port) {
        return new NodeOptions(
                Path.of("data"), Optional.empty(), Optional.empty(), List.of(), port, QuotaOptions.NONE, false);
    }

    @Test
    @DisplayName("a quota in the file that cannot be is named, and the server does not start by another")
    void impossible() throws IOException {
        Files.writeString(file(), "{\"listen\":\"127.0.0.1:7443\",\"advertise\":[],\"member_records_per_day\":0}\n");
        assertThatThrownBy(() -> Settings.merge(options(QuotaOptions.NONE), file()))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("\"member_records_per_day\" is 0, expected a whole number from 1 to")
                .hasMessageContaining("settings.json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'lisen':'127.0.0.1:7453'} | no setting \"lisen\"",
                "{'member_record_per_day':40} | no setting \"member_record_per_day\"; there are listen, advertise, member_rec",
                "{'advertise':'127.0.0.1:7453'} | \"advertise\" is \"127.0.0.1:7453\", expected a list",
                "{'advertise':[7453]} | \"advertise\" has 7453, expected a text",
                "{'advertise':['nowhere']} | \"advertise\": ",
                "{'listen':7453} | \"listen\"",
                "{'listen':'0.0.0.0:70000'} | \"listen\": \"0.0.0.0:70000\" has port 70000, expected 0 (any) to 65535",
                "{'advertise':['berlin.example:0']} | \"berlin.example:0\" has port 0, expected 1 to 65535",
                "{'admin_port':70000} | \"admin_port\" is 70000, expected a whole number from 1 to 65535",
                "{'listen':'here'} | \"listen\": \"here\" is not HOST:PORT",
                "{'member_records_per_day':'many'} | \"member_records_per_day\" is \"many\", expected a whole number",
                "{'member_channels_per_day':-5} | \"member_channels_per_day\" is -5, expected a whole number",
                "{'member_mebibytes_per_day':1.5} | \"member_mebibytes_per_day\" is 1.5, expected a whole number",
                "{'hub_mebibytes_per_day':0} | \"hub_mebibytes_per_day\" is 0, expected a whole number",
                "{'member_mebibytes_per_day':null} | \"member_mebibytes_per_day\" is null, expected a whole number",
                "[] | not a JSON object",
                "{'listen' | it is not JSON: look at line 1, column"
            })
    @DisplayName("what was mistyped in the file is named, with what is expected, and nothing starts without it")
    void mistyped(String line) throws IOException {
        String[] fileAndSaid = line.split(" \\| ", 2);
        Files.writeString(file(), fileAndSaid[0].replace('\'', '"'));
        assertThatThrownBy(() -> Settings.merge(options(QuotaOptions.NONE), file()))
                .isInstanceOf(StartException.class)
                .hasMessageContaining(fileAndSaid[1])
                .hasMessageContaining("leave what else is in it")
                .hasMessageNotContaining("remove it");
    }
}
