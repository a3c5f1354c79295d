package chat.samara.server.core;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameStartingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The arrows of the design (DESIGN §2): what the core may know. */
@AnalyzeClasses(packages = "chat.samara.server.core", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    private static final String CHANNEL = "chat.samara.server.core.channel";

    /** Of each room of {@code channel} which others it may call; those that are called stand above. */
    private static final Map<String, Set<String>> ROOMS = rooms();

    private static Map<String, Set<String>> rooms() {
        Map<String, Set<String>> rooms = new LinkedHashMap<>();
        rooms.put("state", Set.of());
        rooms.put("member", Set.of("state"));
        rooms.put("rule", Set.of("state", "member"));
        rooms.put("outbox", Set.of("state"));
        rooms.put("log", Set.of("state", "member", "outbox"));
        rooms.put("hub", Set.of("state", "member", "rule", "outbox", "log"));
        rooms.put("follower", Set.of("state", "member", "rule", "outbox", "log"));
        rooms.put("epoch", Set.of("state", "member", "rule", "outbox", "log", "hub"));
        rooms.put("reader", Set.of("state", "member", "log"));
        rooms.put("provisional", Set.of("state", "outbox", "reader"));
        rooms.put("submit", Set.of("state", "member", "rule", "outbox", "hub", "follower", "provisional"));
        return Collections.unmodifiableMap(rooms);
    }

    @ArchTest
    static final ArchRule depends_only_on_what_an_observer_needs = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "org.jspecify..",
                    "org.slf4j..",
                    "com.google.protobuf..",
                    "chat.samara.mls..",
                    "chat.samara.wire..",
                    "chat.samara.server.core..");

    @ArchTest
    static final ArchRule holds_no_secrets_of_a_group = noClasses()
            .should()
            .dependOnClassesThat(resideInAPackage("chat.samara.mls.group")
                    .and(simpleNameStartingWith("Group")
                            .or(simpleNameStartingWith("Commit"))
                            .or(simpleNameStartingWith("Staged"))))
            .orShould()
            .dependOnClassesThat()
            .resideInAnyPackage("chat.samara.mls.schedule..", "chat.samara.mls.secrettree..");

    @ArchTest
    static final ArchRule has_no_files_network_threads_or_clock = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "java.net..", "java.nio.file..", "java.nio.channels..", "java.util.concurrent..", "java.time..")
            .orShould()
            .dependOnClassesThat()
            .haveNameMatching(
                    "java\\.io\\.File.*|java\\.lang\\.Thread.*|java\\.util\\.Random|java\\.security\\.SecureRandom")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime");

    /** The package itself puts its rooms together and may call all of them. */
    @ArchTest
    static final ArchRule rooms_of_channel_call_only_those_below = rule(ROOMS);

    private static ArchRule rule(Map<String, Set<String>> rooms) {
        LayeredArchitecture rule = layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage(CHANNEL + "..")
                .layer("channel")
                .definedBy(CHANNEL)
                .ensureAllClassesAreContainedInArchitectureIgnoring(resideOutsideOfPackage(CHANNEL + ".."));
        for (String room : rooms.keySet()) {
            rule = rule.layer(room).definedBy(CHANNEL + "." + room);
        }
        for (Map.Entry<String, Set<String>> room : rooms.entrySet()) {
            rule = room.getValue().isEmpty()
                    ? rule.whereLayer(room.getKey()).mayNotAccessAnyLayer()
                    : rule.whereLayer(room.getKey())
                            .mayOnlyAccessLayers(room.getValue().toArray(String[]::new));
        }
        return rule.whereLayer("channel").mayNotBeAccessedByAnyLayer();
    }

    @ArchTest
    static final ArchRule rooms_of_channel_form_no_circle =
            slices().matching(CHANNEL + ".(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule rooms_of_channel_are_seen_by_nobody_else = noClasses()
            .that()
            .resideOutsideOfPackage(CHANNEL + "..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(CHANNEL + ".*..");
}
