package chat.samara.server.node.run;

/** The server cannot start like this. The message is one sentence for the operator, with the value and the remedy. */
public final class StartException extends Exception {
    private static final long serialVersionUID = 1L;

    public StartException(String message, Throwable cause) {
        super(message, cause);
    }

    public StartException(String message) {
        super(message);
    }
}
