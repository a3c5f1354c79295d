package chat.samara.client;

import chat.samara.client.refusal.Refusal;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Tells one listener how something stands, whenever that has changed. A change is only a reason to look; what is told is what is found then, and how it differs from
 * what was told before. So nothing is missed or told twice, whatever happens meanwhile and however slow the listener is, and what waits for it is one look.
 */
abstract class Feed {
    private final Consumer<Runnable> callbacks;
    private final AtomicBoolean asked = new AtomicBoolean();
    private volatile boolean closed;

    /** @param callbacks runs something on the callback thread, once all that waits there has run */
    Feed(Consumer<Runnable> callbacks) {
        this.callbacks = callbacks;
    }

    /** Something may have changed. Any thread, never waits. */
    final void changed() {
        if (!closed && asked.compareAndSet(false, true)) {
            callbacks.accept(() -> {
                // Before it looks: what changes from now on is a reason to look again.
                asked.set(false);
                run(this::look);
            });
        }
    }

    /** Nothing changes any more, and why. */
    final void end(Refusal why) {
        callbacks.accept(() -> {
            run(() -> ended(why));
            closed = true;
        });
    }

    /** Runs something on the callback thread, or what is to be run instead where the feed is closed by then. */
    final void later(Runnable work, Runnable ifClosed) {
        if (closed) {
            // There may be no such thread any more.
            ifClosed.run();
        } else {
            callbacks.accept(() -> (closed ? ifClosed : work).run());
        }
    }

    private void run(Runnable work) {
        if (!closed) {
            work.run();
        }
    }

    /** Nothing is told from now on. */
    final void stop() {
        closed = true;
    }

    /** Looks, and tells what is new. On the callback thread. */
    abstract void look();

    /** Tells that it is over. On the callback thread. */
    abstract void ended(Refusal why);
}
