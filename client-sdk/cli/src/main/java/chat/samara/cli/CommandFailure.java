package chat.samara.cli;

import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;

/** A command cannot do what was asked: one sentence for the person, with value and remedy, and how the process ends. */
public final class CommandFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final ExitCode exitCode;

    public CommandFailure(ExitCode exitCode, String sentence) {
        super(sentence);
        this.exitCode = exitCode;
    }

    /** As {@link #of(ClientException, NextCommand)}, of the default profile. */
    public static CommandFailure of(ClientException refused) {
        return of(refused, NextCommand.OF_DEFAULT);
    }

    /** What the SDK refused, with this client's remedy where the SDK cannot know it. */
    public static CommandFailure of(ClientException refused, NextCommand next) {
        String sentence = refused.refusal().sentence();
        String remedy = remedy(refused.code(), next);
        return new CommandFailure(
                ExitCode.of(refused.code()), remedy.isEmpty() ? sentence : withoutFullStop(sentence) + ". " + remedy);
    }

    public ExitCode exitCode() {
        return exitCode;
    }

    private static String withoutFullStop(String sentence) {
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    /** What this client can be told to do about it; empty where there is nothing. */
    public static String remedy(RefusalCode code, NextCommand next) {
        return switch (code) {
            case PROFILE_MISSING, NOT_JOINED ->
                "Get an invite from a server's operator and run: " + next.line("join INVITE --as NAME");
            case PROFILE_IN_USE ->
                "While samara chat, or a samara tail that follows, has it open, other commands go through that, but not where the"
                        + " folder's path is longer than some 90 bytes, or that samara is of an older version";
            case OUT_OF_MEMORY -> "For example: SAMARA_JAVA_OPTS=-Xmx512m samara …";
            case ALREADY_JOINED -> "Choose another folder with --profile for a second account.";
            case CHANNEL_CALLED_SO -> "To make a second one of that name all the same: --anyway";
            case IDENTITY_KEY_CHANGED, IDENTITY_KEY_UNDECIDED -> "To see both numbers: " + next.line("verify MEMBER");
            case CHANNEL_FROZEN ->
                "Tell the operator of the server that keeps the channel, and go on in a new one: "
                        + next.line("channel create NAME");
            case UNREACHABLE ->
                "If the server has moved, ask its operator for a new invite, and run, under the name that you have: "
                        + next.line("join INVITE --as NAME");
            case LOGIN_FAILED ->
                "Ask the server's operator for a new invite, and run, under the name that you have: "
                        + next.line("join INVITE --as NAME");
            case DEVICE_REPLACED -> "This one takes its place with: " + next.line("device take-over");
            default -> "";
        };
    }
}
