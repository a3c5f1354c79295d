package chat.samara.client.refusal;

/**
 * The client that was asked is closed, or its engine has failed. Thrown by what declares no {@link ClientException}, such as reading a channel's
 * history; the refusal says why.
 */
public final class ClientClosedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    private final transient Refusal refusal;

    public ClientClosedException(Refusal refusal) {
        super(refusal.sentence());
        this.refusal = refusal;
    }

    /** Why. */
    public Refusal refusal() {
        return refusal;
    }
}
