package chat.samara.client;

import chat.samara.client.device.ClientEvent;

/**
 * Told what happens, one event at a time, on the client's callback thread. It may call the client, and may block: new messages then
 * wait at the server, and nothing else stands still. What it throws is logged and otherwise ignored.
 */
@FunctionalInterface
public interface ClientListener {
    void on(ClientEvent event);
}
