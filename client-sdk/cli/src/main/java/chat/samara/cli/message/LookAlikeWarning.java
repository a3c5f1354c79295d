package chat.samara.cli.message;

import chat.samara.wire.identity.UserId;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What to tell a person who is about to add somebody that can be taken for others. */
public final class LookAlikeWarning {
    private LookAlikeWarning() {}

    /** Names those that are known and look the same; empty if there are none. */
    public static Optional<String> of(List<UserId> known) {
        return known.isEmpty()
                ? Optional.empty()
                : Optional.of("ATTENTION: this looks like "
                        + known.stream().map(MessageSentence::name).collect(Collectors.joining(", "))
                        + ", whom you know, but is somebody else. Nobody was added.");
    }
}
