package chat.samara.client.refusal;

/** The checked form of a {@link Refusal}: an expected failure that a caller handles by its code. */
public final class ClientException extends Exception {
    private static final long serialVersionUID = 1L;

    private final RefusalCode code;

    public ClientException(RefusalCode code, String sentence) {
        super(sentence);
        this.code = code;
    }

    public ClientException(RefusalCode code, String sentence, Throwable cause) {
        super(sentence, cause);
        this.code = code;
    }

    public ClientException(Refusal refusal) {
        this(refusal.code(), refusal.sentence());
    }

    /** What a program decides by. */
    public RefusalCode code() {
        return code;
    }

    /** The same as a value. */
    public Refusal refusal() {
        String message = getMessage();
        return new Refusal(code, message == null ? code.name() : message);
    }
}
