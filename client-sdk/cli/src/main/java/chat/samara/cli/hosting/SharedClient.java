package chat.samara.cli.hosting;

import chat.samara.client.Client;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What a guest's command takes for its client: all but the end of it goes to the host's. */
final class SharedClient {
    private SharedClient() {}

    static Client of(Client client) {
        List<Client.Subscription> subscriptions = new CopyOnWriteArrayList<>();
        return (Client) Proxy.newProxyInstance(
                Client.class.getClassLoader(), new Class<?>[] {Client.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        subscriptions.forEach(Client.Subscription::close);
                        return null;
                    } else if (method.getName().equals("discard")) {
                        // Others use it.
                        return false;
                    }
                    try {
                        Object result = method.invoke(client, arguments);
                        if (result instanceof Client.Subscription subscription) {
                            subscriptions.add(subscription);
                        }
                        return result;
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }
}
