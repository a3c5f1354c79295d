package chat.samara.client;

import chat.samara.client.device.ClientEvent;

/**
 * Told what happens, one event at a time, on the client's callback thread. It may call the client, and may block: new messages then
 * wait at the server, and nothing else stands still. If far too much waits for it all the same, it is told how much was left out ({@link
 * ClientEvent.EventsLeftOut}). What it throws is logged and otherwise ignored. The last event of all is {@link
 * ClientEvent.ConnectionChanged} to CLOSED.
 */
@FunctionalInterface
public interface ClientListener {
    void on(ClientEvent event);
}
