package chat.samara.client.content;

/** Content that is malformed, over-long, or does not fit what it claims to be. The message names the rule. */
public final class ContentException extends Exception {
    private static final long serialVersionUID = 1L;

    public ContentException(String message) {
        super(message);
    }

    public ContentException(String message, Throwable cause) {
        super(message, cause);
    }
}
