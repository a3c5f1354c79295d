package chat.samara.server.node.command;

import chat.samara.server.core.Limits;
import chat.samara.server.node.admin.AdminClient;
import chat.samara.server.node.admin.AdminClient.AdminException;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.InviteLink;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code server invite}: the link alone on standard output, so that it can be piped. */
@Command(
        name = "invite",
        mixinStandardHelpOptions = true,
        description = "Makes an invite: a link with which new members open accounts.")
final class InviteCommand implements Callable<Integer> {
    private static final long VALID_HOURS_MAX =
            Duration.ofMillis(Limits.INVITE_VALID_MILLIS_MAX).toHours();

    @ParentCommand
    private @Nullable ServerCommand server;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--uses", paramLabel = "N", defaultValue = "1", description = "Accounts that it opens. Default: 1")
    private int uses;

    @Option(
            names = "--valid-hours",
            paramLabel = "H",
            defaultValue = "168",
            description = "For how many hours it is valid. Default: 168, a week")
    private int validHours;

    @Option(names = "--note", paramLabel = "TEXT", defaultValue = "", description = "For the operator's own list")
    private String note = "";

    @Override
    public Integer call() throws AdminException {
        Asked asked = Asked.of(server, spec);
        requireBetween(asked, "--uses", uses, Limits.INVITE_USES_MAX);
        requireBetween(asked, "--valid-hours", validHours, VALID_HOURS_MAX);
        if (note.length() > Limits.NOTE_CHARS_MAX) {
            throw new ParameterException(
                    asked.spec().commandLine(),
                    "--note has " + note.length() + " characters, expected " + Limits.NOTE_CHARS_MAX + " at most.");
        }
        JsonObject body = new JsonObject();
        body.addProperty("uses", uses);
        body.addProperty("valid_hours", validHours);
        body.addProperty("note", note);
        AdminClient client = AdminClient.of(asked.dataFolder());
        String link = client.post("invites", body).get("link").getAsString();
        asked.out().println(link);
        if (asked.out().checkError()) {
            return revoke(asked, client, link);
        }
        Instant end = Instant.now().plus(Duration.ofHours(validHours)).truncatedTo(ChronoUnit.MINUTES);
        asked.err().println("Opens " + (uses == 1 ? "one account" : uses + " accounts") + ", until " + end + ".");
        asked.err().println("Pass it on in private; join with: ./samara join '" + link + "' --as NAME");
        return ExitCode.OK;
    }

    /** Named as it was typed: the server would name the field. */
    private static void requireBetween(Asked asked, String option, long value, long most) {
        if (value < 1 || value > most) {
            throw new ParameterException(
                    asked.spec().commandLine(), option + " is " + value + ", expected 1 to " + most + ".");
        }
    }

    /** Nobody has read the link, or perhaps the wrong one has: it must not lie about, valid for a week. */
    private static int revoke(Asked asked, AdminClient client, String link) throws AdminException {
        JsonObject unused = client.delete("invites/" + tokenOf(link));
        asked.err().println("The invite could not be written to standard output, so it was revoked.");
        return ExitCode.FAILED;
    }

    private static String tokenOf(String link) {
        try {
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(InviteLink.parse(link).token().toByteArray());
        } catch (RefusedException notOurs) {
            throw new IllegalStateException("the server gave a link that is none", notOurs);
        }
    }
}
