package chat.samara.server.node.run;

import chat.samara.server.core.Batch;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Event;
import chat.samara.server.core.Figures;
import chat.samara.server.core.ServerCore;
import java.util.List;
import java.util.Optional;

/** What the loop needs of a core, so that its tests can put one of their own in. Methods as in {@link ServerCore}. */
interface DrivenCore {
    void start(long nowMillis);

    void handle(Event event, long nowMillis);

    List<Effect> drainImmediate();

    Optional<Batch> seal(long nowMillis);

    List<Effect> durable(Batch batch, long nowMillis);

    Figures figures();

    static DrivenCore of(ServerCore core) {
        return new DrivenCore() {
            @Override
            public void start(long nowMillis) {
                core.start(nowMillis);
            }

            @Override
            public void handle(Event event, long nowMillis) {
                core.handle(event, nowMillis);
            }

            @Override
            public List<Effect> drainImmediate() {
                return core.drainImmediate();
            }

            @Override
            public Optional<Batch> seal(long nowMillis) {
                return core.seal(nowMillis);
            }

            @Override
            public List<Effect> durable(Batch batch, long nowMillis) {
                return core.durable(batch, nowMillis);
            }

            @Override
            public Figures figures() {
                return core.figures();
            }
        };
    }
}
