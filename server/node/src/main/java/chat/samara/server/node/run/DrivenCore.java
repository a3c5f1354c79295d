package chat.samara.server.node.run;

import chat.samara.server.core.Batch;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Event;
import chat.samara.server.core.Figures;
import chat.samara.server.core.Now;
import chat.samara.server.core.ServerCore;
import java.util.List;
import java.util.Optional;

/** What the loop needs of a core, so that its tests can put one of their own in. Methods as in {@link ServerCore}. */
interface DrivenCore {
    void start(Now now);

    void handle(Event event, Now now);

    List<Effect> drainImmediate();

    Optional<Batch> seal(Now now);

    void landed(Batch batch);

    List<Effect> durable(Batch batch, Now now);

    /** Bytes of frames that wait in the core until what was written so far is durable. */
    long waitingFrameBytes();

    /** Bytes that the open batch would write. */
    long openBytes();

    Figures figures();

    static DrivenCore of(ServerCore core) {
        return new DrivenCore() {
            @Override
            public void start(Now now) {
                core.start(now);
            }

            @Override
            public void handle(Event event, Now now) {
                core.handle(event, now);
            }

            @Override
            public List<Effect> drainImmediate() {
                return core.drainImmediate();
            }

            @Override
            public Optional<Batch> seal(Now now) {
                return core.seal(now);
            }

            @Override
            public void landed(Batch batch) {
                core.landed(batch);
            }

            @Override
            public List<Effect> durable(Batch batch, Now now) {
                return core.durable(batch, now);
            }

            @Override
            public long waitingFrameBytes() {
                return core.waitingFrameBytes();
            }

            @Override
            public long openBytes() {
                return core.openBytes();
            }

            @Override
            public Figures figures() {
                return core.figures();
            }
        };
    }
}
