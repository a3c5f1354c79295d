package chat.samara.client.device;

/** The store could not do what it must; whoever drives the engine drops it and starts anew from what is durable. */
public final class DeviceStoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DeviceStoreException(String message) {
        super(message);
    }

    public DeviceStoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
