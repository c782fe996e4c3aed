// Drives the AWS SDK for Java 2 for the conformance suite: a question a line on standard input, an answer a line on
// standard output. It is the client that speaks CBOR (application/x-amz-cbor-1.1), its default for Kinesis.
//
// What goes in and out has the shape of the wire: blobs in base64, timestamps in seconds since 1970. The questions are told
// in ../../drive_test.go; the settings come in the first argument as JSON.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.AwsResponse;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.protocol.MarshallingType;
import software.amazon.awssdk.core.traits.ListTrait;
import software.amazon.awssdk.core.traits.MapTrait;
import software.amazon.awssdk.core.util.SdkAutoConstructList;
import software.amazon.awssdk.core.util.SdkAutoConstructMap;
import software.amazon.awssdk.core.waiters.WaiterOverrideConfiguration;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEventStream;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardRequest;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardResponseHandler;
import software.amazon.awssdk.utils.BinaryUtils;

public class Client {
  static final String MODEL = "software.amazon.awssdk.services.kinesis.model.";

  static int attempts; // of the last call
  static String contentType = ""; // that the last call was sent with

  static KinesisClient client;
  static KinesisAsyncClient async;

  public static void main(String[] args) throws Exception {
    Map<String, JsonNode> settings = JsonNode.parser().parse(args[0]).asObject();
    client = configure(KinesisClient.builder(), settings).httpClientBuilder(UrlConnectionHttpClient.builder()).build();
    async = configure(KinesisAsyncClient.builder(), settings).build();
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = in.readLine()) != null; ) {
      out.println(text(answer(JsonNode.parser().parse(line).asObject())));
    }
    System.exit(0); // without a wait for the pools of the asynchronous client
  }

  static <B extends AwsClientBuilder<B, C>, C> B configure(B builder, Map<String, JsonNode> settings) {
    int most = settings.containsKey("attempts") ? Integer.parseInt(settings.get("attempts").asNumber()) : 1;
    return builder
        .endpointOverride(URI.create(settings.get("endpoint").asString()))
        .region(Region.of(settings.get("region").asString()))
        .credentialsProvider(
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create(settings.get("key").asString(), settings.get("secret").asString())))
        .overrideConfiguration(
            ClientOverrideConfiguration.builder()
                .retryStrategy(DefaultRetryStrategy.standardStrategyBuilder().maxAttempts(most).build())
                .addExecutionInterceptor(
                    new ExecutionInterceptor() {
                      @Override
                      public void beforeTransmission(Context.BeforeTransmission c, ExecutionAttributes a) {
                        attempts++;
                        contentType = c.httpRequest().firstMatchingHeader("Content-Type").orElse("");
                      }
                    })
                .build());
  }

  static Map<String, Object> answer(Map<String, JsonNode> ask) {
    attempts = 0;
    Map<String, Object> out = new LinkedHashMap<>();
    try {
      switch (ask.get("do").asString()) {
        case "call" -> call(ask, out);
        case "pages" -> pages(ask, out);
        case "wait" -> await(ask, out);
        case "subscribe" -> subscribe(ask, out);
        case "shapes" -> shapes(out);
        default -> throw new IllegalArgumentException("no such question");
      }
    } catch (Throwable t) {
      while ((t instanceof InvocationTargetException || t instanceof CompletionException || t instanceof ExecutionException)
          && t.getCause() != null) {
        t = t.getCause();
      }
      Map<String, Object> err = new LinkedHashMap<>();
      err.put("code", "");
      err.put("message", String.valueOf(t.getMessage()));
      err.put("type", t.getClass().getSimpleName());
      if (t instanceof AwsServiceException e && e.awsErrorDetails() != null) {
        err.put("code", e.awsErrorDetails().errorCode());
        err.put("message", e.awsErrorDetails().errorMessage());
        err.put("status", e.statusCode());
        out.put("id", e.requestId());
      }
      out.put("err", err);
    }
    out.put("attempts", attempts);
    out.put("sent", contentType);
    return out;
  }

  static void call(Map<String, JsonNode> ask, Map<String, Object> out) throws Exception {
    String op = ask.get("op").asString();
    Object request = request(op, ask.get("in"));
    Method m = KinesisClient.class.getMethod(op.substring(0, 1).toLowerCase() + op.substring(1), request.getClass());
    AwsResponse response = (AwsResponse) m.invoke(client, request);
    out.put("out", wire(response));
    out.put("id", response.responseMetadata().requestId());
  }

  static void pages(Map<String, JsonNode> ask, Map<String, Object> out) throws Exception {
    String op = ask.get("op").asString();
    Method m;
    try {
      m = KinesisClient.class.getMethod(op.substring(0, 1).toLowerCase() + op.substring(1) + "Paginator", Class.forName(MODEL + op + "Request"));
    } catch (NoSuchMethodException e) {
      out.put("lacks", "a paginator");
      return;
    }
    Map<String, JsonNode> in = new LinkedHashMap<>(ask.get("in").asObject());
    in.put(op.equals("ListStreams") ? "Limit" : "MaxResults", ask.get("size"));
    Object request = request(op, in);
    List<Object> items = new ArrayList<>();
    int pages = 0;
    for (Object page : (Iterable<?>) m.invoke(client, request)) {
      pages++;
      Object value = wire((SdkPojo) page);
      for (String name : ask.get("items").asString().split("\\.")) {
        value = ((Map<?, ?>) value).get(name);
      }
      items.addAll((List<?>) value);
    }
    out.put("out", items);
    out.put("pages", pages);
  }

  static void await(Map<String, JsonNode> ask, Map<String, Object> out) throws Exception {
    StringBuilder name = new StringBuilder("waitUntil");
    for (String word : ask.get("name").asString().split("-")) {
      name.append(word.substring(0, 1).toUpperCase()).append(word.substring(1));
    }
    WaiterOverrideConfiguration patience =
        WaiterOverrideConfiguration.builder()
            .maxAttempts(60)
            .backoffStrategyV2(BackoffStrategy.fixedDelay(Duration.ofSeconds(1)))
            .build();
    Object waiter = client.waiter();
    for (Method m : Class.forName("software.amazon.awssdk.services.kinesis.waiters.KinesisWaiter").getMethods()) {
      Class<?>[] takes = m.getParameterTypes();
      if (m.getName().contentEquals(name) && takes.length == 2 && SdkPojo.class.isAssignableFrom(takes[0])
          && takes[1] == WaiterOverrideConfiguration.class) {
        m.invoke(waiter, fill(builder(takes[0]), ask.get("in").asObject()), patience);
        out.put("out", null);
        return;
      }
    }
    out.put("lacks", "a waiter");
  }

  static void subscribe(Map<String, JsonNode> ask, Map<String, Object> out) throws Exception {
    int most = ask.containsKey("records") ? Integer.parseInt(ask.get("records").asNumber()) : 0;
    List<Object> events = new ArrayList<>();
    boolean[] left = {false};
    SubscribeToShardResponseHandler handler =
        SubscribeToShardResponseHandler.builder()
            .onEventStream(
                publisher ->
                    publisher.subscribe(
                        new Subscriber<SubscribeToShardEventStream>() {
                          Subscription subscription;
                          int seen;

                          @Override
                          public void onSubscribe(Subscription s) {
                            subscription = s;
                            s.request(1);
                          }

                          @Override
                          public void onNext(SubscribeToShardEventStream e) {
                            if (e instanceof SubscribeToShardEvent event) {
                              events.add(wire(event));
                              seen += event.records().size();
                            }
                            if (most > 0 && seen >= most) {
                              left[0] = true;
                              subscription.cancel();
                              return;
                            }
                            subscription.request(1);
                          }

                          @Override
                          public void onError(Throwable t) {}

                          @Override
                          public void onComplete() {}
                        }))
            .onError(t -> {})
            .build();
    CompletableFuture<Void> done =
        async.subscribeToShard((SubscribeToShardRequest) request("SubscribeToShard", ask.get("in")), handler);
    try {
      done.get(60, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (!left[0]) { // what a subscriber that has left hears of the end is no matter
        throw e;
      }
    }
    out.put("out", events);
    out.put("ended", !left[0]);
  }

  static void shapes(Map<String, Object> out) {
    Map<String, Object> names = new TreeMap<>();
    for (Class<?> c : List.of(KinesisClient.class, KinesisAsyncClient.class)) {
      for (Method m : c.getMethods()) {
        Class<?>[] takes = m.getParameterTypes();
        if (takes.length > 0 && takes[0].getName().startsWith(MODEL) && takes[0].getSimpleName().endsWith("Request")) {
          names.put(takes[0].getSimpleName().replaceFirst("Request$", ""), null);
        }
      }
    }
    out.put("out", names);
    out.put("version", "software.amazon.awssdk:kinesis " + software.amazon.awssdk.core.util.VersionInfo.SDK_VERSION);
  }

  // --- between the wire's shape and the SDK's objects ---

  static Object request(String op, JsonNode in) throws Exception {
    return request(op, in == null ? Map.of() : in.asObject());
  }

  static Object request(String op, Map<String, JsonNode> in) throws Exception {
    return fill(builder(Class.forName(MODEL + op + "Request")), in);
  }

  static SdkPojo builder(Class<?> pojo) throws Exception {
    return (SdkPojo) pojo.getMethod("builder").invoke(null);
  }

  /** Gives the object that a builder makes of the members. */
  static Object fill(SdkPojo builder, Map<String, JsonNode> in) throws Exception {
    Map<String, SdkField<?>> fields = builder.sdkFieldNameToField();
    for (Map.Entry<String, JsonNode> member : in.entrySet()) {
      SdkField<?> field = fields.get(member.getKey());
      if (field == null) {
        throw new IllegalArgumentException("the SDK has no member " + member.getKey());
      }
      field.set(builder, value(field, member.getValue()));
    }
    Method build = Class.forName("software.amazon.awssdk.utils.builder.Buildable").getMethod("build");
    return build.invoke(builder);
  }

  static Object value(SdkField<?> field, JsonNode in) throws Exception {
    MarshallingType<?> type = field.marshallingType();
    if (type == MarshallingType.SDK_POJO) {
      return fill(field.constructor().get(), in.asObject());
    } else if (type == MarshallingType.LIST) {
      SdkField<?> element = field.getTrait(ListTrait.class).memberFieldInfo();
      List<Object> all = new ArrayList<>();
      for (JsonNode one : in.asArray()) {
        all.add(value(element, one));
      }
      return all;
    } else if (type == MarshallingType.MAP) {
      SdkField<?> element = field.getTrait(MapTrait.class).valueFieldInfo();
      Map<String, Object> all = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> one : in.asObject().entrySet()) {
        all.put(one.getKey(), value(element, one.getValue()));
      }
      return all;
    } else if (type == MarshallingType.INTEGER) {
      return Integer.valueOf(in.asNumber());
    } else if (type == MarshallingType.LONG) {
      return Long.valueOf(in.asNumber());
    } else if (type == MarshallingType.BOOLEAN) {
      return in.asBoolean();
    } else if (type == MarshallingType.SDK_BYTES) {
      return SdkBytes.fromByteArray(Base64.getDecoder().decode(in.asString()));
    } else if (type == MarshallingType.INSTANT) {
      return Instant.ofEpochMilli(new BigDecimal(in.asNumber()).movePointRight(3).longValue());
    }
    return in.asString();
  }

  static Map<String, Object> wire(SdkPojo pojo) {
    Map<String, Object> all = new LinkedHashMap<>();
    for (SdkField<?> field : pojo.sdkFields()) {
      Object value = field.getValueOrDefault(pojo);
      if (value == null || value instanceof SdkAutoConstructList || value instanceof SdkAutoConstructMap) {
        continue;
      }
      all.put(field.locationName(), toWire(value));
    }
    return all;
  }

  static Object toWire(Object value) {
    if (value instanceof SdkPojo pojo) {
      return wire(pojo);
    } else if (value instanceof List<?> list) {
      return list.stream().map(Client::toWire).toList();
    } else if (value instanceof Map<?, ?> map) {
      Map<String, Object> all = new LinkedHashMap<>();
      map.forEach((k, v) -> all.put(k.toString(), toWire(v)));
      return all;
    } else if (value instanceof SdkBytes bytes) {
      return BinaryUtils.toBase64(bytes.asByteArray());
    } else if (value instanceof Instant instant) {
      return BigDecimal.valueOf(instant.toEpochMilli(), 3);
    } else if (value instanceof Number || value instanceof Boolean) {
      return value;
    }
    return value.toString();
  }

  // --- JSON ---

  static String text(Object value) {
    if (value == null || value instanceof Number || value instanceof Boolean) {
      return String.valueOf(value);
    } else if (value instanceof Map<?, ?> map) {
      List<String> parts = new ArrayList<>();
      map.forEach((k, v) -> parts.add(text(k) + ":" + text(v)));
      return "{" + String.join(",", parts) + "}";
    } else if (value instanceof List<?> list) {
      return "[" + String.join(",", list.stream().map(Client::text).toList()) + "]";
    }
    StringBuilder b = new StringBuilder("\"");
    for (char c : value.toString().toCharArray()) {
      if (c == '"' || c == '\\') {
        b.append('\\').append(c);
      } else if (c < ' ' || c > '~') {
        b.append(String.format("\\u%04x", (int) c));
      } else {
        b.append(c);
      }
    }
    return b.append('"').toString();
  }
}
