package chat.samara.client.content;

import chat.samara.client.refusal.RefusalCode;

/** Content that is malformed, over-long, or does not fit what it claims to be. The message names the rule. */
public final class ContentException extends Exception {
    private static final long serialVersionUID = 1L;

    private final RefusalCode code;

    ContentException(RefusalCode code, String message) {
        super(message);
        this.code = code;
    }

    ContentException(RefusalCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    ContentException(String message) {
        this(RefusalCode.PROTOCOL, message);
    }

    ContentException(String message, Throwable cause) {
        this(RefusalCode.PROTOCOL, message, cause);
    }

    /** What a program decides by: TOO_LARGE or TEXT_INVALID for what was to be sent, PROTOCOL for what was received. */
    public RefusalCode code() {
        return code;
    }
}
