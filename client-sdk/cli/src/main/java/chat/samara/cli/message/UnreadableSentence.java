package chat.samara.cli.message;

import chat.samara.client.channel.UnreadableReason;
import java.util.Optional;

/** Why messages cannot be read, in words for a person: of one, or of many that stand one behind the other. */
final class UnreadableSentence {
    private UnreadableSentence() {}

    /** Whether there is nothing to add to it. */
    static boolean saysAll(UnreadableReason reason) {
        return reason == UnreadableReason.OWN_RECORD_UNKNOWN || reason == UnreadableReason.OWN_RECORD_FORGED;
    }

    /**
     * Without a full stop, or with a question behind it.
     *
     * @param author safe to print; empty where nobody can be named
     */
    static String of(Optional<String> author, int count, UnreadableReason reason) {
        boolean many = count > 1;
        String messages = many ? count + " messages" : "A message";
        if (reason == UnreadableReason.OWN_RECORD_UNKNOWN) {
            return messages + " of yours cannot be read: this device sent " + (many ? "them" : "it")
                    + " and does not know " + (many ? "them" : "it")
                    + " any more. Was the profile copied, or restored from a backup?";
        } else if (reason == UnreadableReason.OWN_RECORD_FORGED) {
            return messages + " under your name cannot be read: this device did not send " + (many ? "them" : "it")
                    + "; a server made " + (many ? "them" : "it") + " up";
        }
        String whose = author.map(name -> " of " + name).orElse(many ? "" : " of somebody");
        return messages + whose + " cannot be read: " + (many ? ofMany(reason) : ofOne(reason));
    }

    private static String ofOne(UnreadableReason reason) {
        return switch (reason) {
            case JOINED_LATER -> "it was sent before you joined";
            case EPOCH_EXPIRED -> "it came after its keys had been erased";
            case EPOCH_AHEAD -> "it was sent while this device had lost its place in the channel";
            case KEY_CONSUMED -> "it is a copy of another message under a new name";
            case KEY_GIVEN_UP -> "too many later messages of its sender were read before it";
            case DECRYPTION_FAILED -> "it does not decrypt, or its signature is wrong";
            case RELABELLED -> "it was relabelled on its way";
            case CONTEXT_INVALID -> "what it says about the log is impossible";
            case CONTENT_INVALID -> "its content is malformed";
            case HANDSHAKE_REFUSED -> "it is a change of the group that is not allowed";
            case OWN_RECORD_UNKNOWN -> "this very device sent it and does not know it";
            case NOT_A_MEMBER -> "its author was no member any more";
            case OWN_RECORD_FORGED -> "a server made it up under your name";
            case CONTROL_INVALID -> "the server's note is malformed or not allowed";
            case MADE_BY_NEWER_VERSION -> "a newer version of this software has kept it here; update this one";
        };
    }

    private static String ofMany(UnreadableReason reason) {
        return switch (reason) {
            case JOINED_LATER -> "they were sent before you joined";
            case EPOCH_EXPIRED -> "they came after their keys had been erased";
            case EPOCH_AHEAD -> "they were sent while this device had lost its place in the channel";
            case KEY_CONSUMED -> "they are copies of other messages under new names";
            case KEY_GIVEN_UP -> "too many later messages of their senders were read before them";
            case DECRYPTION_FAILED -> "they do not decrypt, or their signatures are wrong";
            case RELABELLED -> "they were relabelled on their way";
            case CONTEXT_INVALID -> "what they say about the log is impossible";
            case CONTENT_INVALID -> "their content is malformed";
            case HANDSHAKE_REFUSED -> "they are changes of the group that are not allowed";
            case OWN_RECORD_UNKNOWN -> "this very device sent them and does not know them";
            case NOT_A_MEMBER -> "their authors were no members any more";
            case OWN_RECORD_FORGED -> "a server made them up under your name";
            case CONTROL_INVALID -> "the server's notes are malformed or not allowed";
            case MADE_BY_NEWER_VERSION -> "a newer version of this software has kept them here; update this one";
        };
    }
}
